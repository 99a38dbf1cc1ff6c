"""Writes a job's log as gitlab-runner does: header, sections, and the last line.

The wording is the runner's, written anew; only the script's output is captured.
"""

import datetime

RED, GREEN, CYAN, YELLOW, OFF = "\x1b[31;1m", "\x1b[32;1m", "\x1b[36;1m", "\x1b[0;33m", "\x1b[0;m"

TITLES = {
    "prepare_executor": 'Preparing the "docker" executor',
    "prepare_script": "Preparing environment",
    "get_sources": "Getting source from Git repository",
    "restore_cache": "Restoring cache",
    "download_artifacts": "Downloading artifacts",
    "step_script": 'Executing "step_script" stage of the job script',
    "after_script": "Running after_script",
    "archive_cache": "Saving cache for failed job",
    "upload_artifacts_on_failure": "Uploading artifacts for failed job",
    "upload_artifacts_on_success": "Uploading artifacts for successful job",
    "cleanup_file_variables": "Cleaning up project directory and file based variables",
}


class Log:
    """Lines with a clock. `write` takes text, `script` takes (seconds, stream, text) chunks."""

    def __init__(self, v, start, stamps):
        self.v, self.now, self.stamps = v, start, stamps
        self.split_at_cr = v.chance(0.5)
        self.old_style = v.chance(0.4)
        self.out, self.partial = [], False

    def put(self, text, stream="00O"):
        if not self.stamps:
            self.out.append(text)
            return
        lines = text.split("\n")
        for i, line in enumerate(lines):
            if i == len(lines) - 1 and not line:
                break
            pieces = line.replace("\r", "\r\n").split("\n") if self.split_at_cr else [line]
            pieces = [piece for piece in pieces if piece] or [""]
            for j, piece in enumerate(pieces):
                moment = datetime.datetime.fromtimestamp(self.now, datetime.timezone.utc)
                self.now += 0.000021
                end = "\n" if j < len(pieces) - 1 or i < len(lines) - 1 else ""
                if self.partial and j == 0:
                    self.out.append(piece + end)
                else:
                    flag = "+" if j else " "
                    self.out.append(f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z {stream}{flag}{piece}{end}")
                self.partial = not end

    def say(self, text, colour=None):
        self.put(f"{colour}{text}{OFF}\n" if colour else text + "\n")

    def start(self, name):
        tail = f"{OFF}\n{OFF}" if self.old_style else f"{OFF}{OFF}\n"
        self.put(f"section_start:{int(self.now)}:{name}\r\x1b[0K\x1b[0K{CYAN}{TITLES[name]}{tail}")

    def end(self, name):
        self.now += self.v.rng.random() * 3
        self.put(f"section_end:{int(self.now)}:{name}\r\x1b[0K" + ("\n" if self.stamps else ""))

    def script(self, chunks):
        base = self.now
        for seconds, stream, text in chunks:
            self.now = max(self.now, base + seconds)
            self.put(text, stream)
        if self.partial or (self.out and not self.out[-1].endswith("\n")):
            self.put("\n")

    def text(self):
        return "".join(self.out)


def opening(log, job, sha, root, project, image):
    """Everything before the job's own script."""
    v = log.v
    version = v.pick("17.11.0 (0f67ff19)", "17.5.2 (c6eae8d7)", "18.2.1 (cc489270)", "16.11.1 (535ced5f)")
    runner = f"runner-{v.token(9)}"
    log.say(f"Running with gitlab-runner {version}")
    log.say(f"  on {v.pick('docker', 'linux-amd64', 'shared', 'build')}-{v.num(1, 9)} {v.token(9)}, system ID: s_{v.hex(12)}")
    if v.chance(0.3):
        log.say(f"  feature flags: FF_USE_FASTZIP:true{', FF_TIMESTAMPS:true' if log.stamps else ''}")
    log.start("prepare_executor")
    log.say(f"Using Docker executor with image {image} ...")
    for line in job.texts.get("prepare_executor", []):
        log.put(line + "\n")
    if job.phase == "prepare_executor":
        return False
    log.say(f"Using locally found image version due to \"if-not-present\" pull policy" if v.chance(0.5) else f"Pulling docker image {image} ...")
    log.say(f"Using docker image sha256:{v.hex(64)} for {image} with digest {image.split(':')[0]}@sha256:{v.hex(64)} ...")
    log.end("prepare_executor")
    log.start("prepare_script")
    log.say(f"Running on {runner}-project-{v.num(100, 9000)}-concurrent-{v.num(0, 3)} via {v.pick('ci-node', 'builder')}-{v.num(1, 20)}...")
    log.end("prepare_script")
    log.start("get_sources")
    log.say("Fetching changes with git depth set to 20...", GREEN)
    log.say(f"Initialized empty Git repository in {root}/.git/" if v.chance(0.6) else f"Reinitialized existing Git repository in {root}/.git/")
    for line in job.texts.get("get_sources", []):
        log.put(line + "\n")
    if job.phase == "get_sources":
        return False
    log.say("Created fresh repository.", GREEN)
    log.say(f"Checking out {sha[:8]} as detached HEAD (ref is {v.pick('main', 'develop', 'refs/merge-requests/%d/head' % v.num(3, 900))})...", GREEN)
    log.say("")
    log.say("Skipping Git submodules setup", GREEN)
    log.end("get_sources")
    if v.chance(0.5) or job.phase == "restore_cache":
        log.start("restore_cache")
        log.say("Checking cache for default-protected...", GREEN)
        if v.chance(0.4):
            log.say("WARNING: file does not exist", YELLOW)
            log.say("Failed to extract cache", YELLOW)
        else:
            log.say(f"No URL provided, cache will not be downloaded from shared cache server. Instead a local version of cache will be extracted. ")
            log.say("Successfully extracted cache", GREEN)
        log.end("restore_cache")
    if v.chance(0.25) or job.phase == "download_artifacts":
        log.start("download_artifacts")
        log.say(f"Downloading artifacts for build ({v.num(10**6, 9 * 10**6)})...", GREEN)
        for line in job.texts.get("download_artifacts", []):
            log.put(line + "\n")
        if job.phase == "download_artifacts":
            return False
        log.say(f"Downloading artifacts from coordinator... ok        host=gitlab.acme.example id={v.num(10**6, 9 * 10**6)} responseStatus=200 OK token={v.hex(2)}_{v.token(6)}")
        log.end("download_artifacts")
    return True


def closing(log, job, code, root, after, artifacts, green):
    """Everything after the job's own script; `after` are chunks of after_script."""
    v = log.v
    if after is not None:
        log.start("after_script")
        log.say("Running after script...", GREEN)
        chunks, rc = after
        log.script(chunks)
        if rc:
            log.say(f"WARNING: after_script failed, but job will continue unaffected: exit code {rc}", YELLOW)
        log.end("after_script")
    if v.chance(0.3):
        log.start("archive_cache")
        if v.chance(0.5):
            log.say("Not uploading cache default-protected due to policy" if green else "Creating cache default-protected...")
        else:
            log.say("Creating cache default-protected...", GREEN)
            log.say("WARNING: .cache/pip: no matching files. Ensure that the artifact path is relative to the working directory (" + root + ") ", YELLOW)
            log.say("Archive is up to date! ", GREEN)
        log.end("archive_cache")
    upload = job.texts.get("upload_artifacts", [])
    if upload or artifacts and job.phase != "prepare_executor":
        name = "upload_artifacts_on_success" if green or job.phase == "upload_artifacts" else "upload_artifacts_on_failure"
        log.start(name)
        log.say("Uploading artifacts...", GREEN)
        if upload and not green:
            for line in upload:
                log.put(line + "\n")
        elif v.chance(0.5):
            log.say(f"WARNING: reports/junit.xml: no matching files. Ensure that the artifact path is relative to the working directory ({root}) ", YELLOW)
            log.say("ERROR: No files to upload                          ", RED)
        else:
            log.say(f"build/report.txt: found {v.num(1, 5)} matching artifact files and directories ")
            log.say(f"Uploading artifacts as \"archive\" to coordinator... 201 Created  id={v.num(10**6, 9 * 10**6)} responseStatus=201 Created token={v.hex(2)}_{v.token(6)}")
        log.end(name)
    if job.phase != "prepare_executor":
        log.start("cleanup_file_variables")
        log.end("cleanup_file_variables")
    if green:
        log.put(f"{GREEN}Job succeeded{OFF}{OFF}\n")
    else:
        log.put(f"{RED}ERROR: Job failed: {job.error or f'exit code {code}'}\n{OFF}{OFF}\n" if not (job.error or "").startswith("(") else f"{RED}ERROR: Job failed {job.error}\n{OFF}{OFF}\n")
