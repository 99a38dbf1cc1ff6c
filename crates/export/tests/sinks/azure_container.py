"""Makes a container in an Azurite: nothing that we use ourselves makes one."""

import base64
import datetime
import hashlib
import hmac
import sys
import urllib.request

address, name = sys.argv[1:]
# What every Azurite knows, by its documentation.
account = "devstoreaccount1"
key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

now = datetime.datetime.now(datetime.timezone.utc)
headers = {"x-ms-date": now.strftime("%a, %d %b %Y %H:%M:%S GMT"), "x-ms-version": "2023-11-03"}
signed = "PUT" + "\n" * 12
signed += "".join(f"{name}:{value}\n" for name, value in headers.items())
signed += f"/{account}/{account}/{name}\nrestype:container"
signature = hmac.new(base64.b64decode(key), signed.encode(), hashlib.sha256).digest()
headers["Authorization"] = f"SharedKey {account}:{base64.b64encode(signature).decode()}"
url = f"{address}/{account}/{name}?restype=container"
urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers))
