"""Small servers on loopback for network and registry failures. Each yields `host:port`."""

import contextlib
import http.server
import json
import socket
import ssl
import subprocess
import tempfile
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every request with the server's status, headers and body."""

    def do_GET(self):
        status, headers, body = self.server.answer(self.path, self.headers)
        if status is None:
            time.sleep(self.server.delay)
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    do_POST = do_PUT = do_HEAD = do_GET

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def http_server(answer, tls=False, delay=5):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answer, server.delay = answer, delay
    with tempfile.TemporaryDirectory() as folder:
        if tls:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=old.acme.example",
                 "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True,
            )
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def fixed(status, body=b"", tls=False, delay=5, **headers):
    """A server that always answers the same; status None never answers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: http_server(lambda path, asked: (status, named, body), tls, delay)


def npm_registry(known):
    """Serves metadata of `known` = {name: {version: {field: value}}}; 404 for other names."""

    def answer(path, _):
        name = path.strip("/").replace("%2f", "/").replace("%2F", "/")
        if name not in known:
            return 404, {"Content-Type": "application/json"}, b'{"error":"Not found"}'
        versions = {
            number: {"name": name, "version": number, "dist": {"tarball": f"http://127.0.0.1:9/{name}-{number}.tgz", "shasum": "0" * 40}, **fields}
            for number, fields in known[name].items()
        }
        body = {"name": name, "dist-tags": {"latest": list(known[name])[-1]}, "versions": versions}
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    return lambda: http_server(answer)


def closed_port():
    """A loopback address that refuses."""

    @contextlib.contextmanager
    def place():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        yield f"127.0.0.1:{port}"

    return place
