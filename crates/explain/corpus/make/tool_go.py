"""Go: build, test, vet, race, modules."""

from .case import Job, cause

IMAGE = "golang:1.19"
ENV = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": "/tmp/corpus-go-cache"}


def module(v, **more):
    files = {"go.mod": f"module gitlab.acme.example/acme/{v.project}\n\ngo 1.19\n"}
    for w in v.words(3):
        files[f"internal/{w}/{w}.go"] = f"package {w}\n\n// Name names it.\nfunc Name() string {{ return \"{w}\" }}\n"
        files[f"internal/{w}/{w}_test.go"] = f"package {w}\n\nimport \"testing\"\n\nfunc TestNameErrorText(t *testing.T) {{\n\tif Name() == \"\" {{\n\t\tt.Fatal(\"empty\")\n\t}}\n}}\n"
    files.update(more)
    return files


@cause("go", "test-errorf", "test", variants=5, green=True)
def _(v):
    test = "package quota\n\nimport \"testing\"\n\nfunc TestQuotaIsShared(t *testing.T) {\n\tgot := 7\n\tif got != 9 {\n\t\tt.Errorf(\"quota for tenant = %d, want %d\", got, 9)\n\t}\n}\n"
    return Job(image=IMAGE, env=ENV, files=module(v, **{"quota/quota_test.go": test}), fix={"quota/quota_test.go": test.replace(":= 7", ":= 9")}, script=["go test" + v.pick("", " -v", " -count=1", " -cover") + " ./..."],
               head=[r"quota_test.go:8: quota for tenant = 7, want 9", r"^ *--- FAIL: TestQuotaIsShared"], show=[("--- FAIL: TestQuotaIsShared", "^FAIL\t")])


@cause("go", "build-undefined", "compile", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=ENV, files=module(v, **{"main.go": f"package main\n\nfunc main() {{\n\tprintln({w}Limit)\n}}\n"}), fix={"main.go": "package main\n\nfunc main() {}\n"}, script=["go version", "go build ./..."],
               head=[rf"main.go:4:\d+: undefined: {w}Limit"])


@cause("go", "panic-in-test", "test", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=ENV, files=module(v, **{f"{w}/{w}_test.go": f"package {w}\n\nimport \"testing\"\n\nfunc TestLookup(t *testing.T) {{\n\tvar m map[string]int\n\tm[\"{w}\"] = 1\n}}\n"}), fix={f"{w}/{w}_test.go": f"package {w}\n"}, script=["go test ./..."],
               head=[r"panic: assignment to entry in nil map", r"--- FAIL: TestLookup"], show=[("--- FAIL: TestLookup", r"_test.go:7")])


@cause("go", "vet-printf", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=ENV, files=module(v, **{"main.go": f"package main\n\nimport \"fmt\"\n\nfunc main() {{\n\tfmt.Printf(\"{w} %d\\n\", \"x\")\n}}\n"}), fix={"main.go": "package main\n\nfunc main() {}\n"}, script=["go vet ./..."], head=[r"main.go:6:\d+: (fmt\.)?Printf format %d has arg"])


@cause("go", "test-timeout", "timeout test", whose="code unknown")
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=ENV, files=module(v, **{f"{w}/{w}_test.go": f"package {w}\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestDrain(t *testing.T) {{\n\ttime.Sleep(time.Minute)\n}}\n"}), script=["go test -timeout 1s ./..."], head=[r"panic: test timed out after 1s"], show=[("panic: test timed out", r"_test.go:9")])


@cause("go", "missing-module", "dependency network", whose="code config external infra", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env={**ENV, "GOFLAGS": ""}, files=module(v, **{"main.go": f"package main\n\nimport _ \"gitlab.acme.example/libs/{w}\"\n\nfunc main() {{}}\n"}), script=["go build ./..."], head=[rf"no required module provides package gitlab.acme.example/libs/{w}"])


@cause("go", "type-mismatch", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=ENV, files=module(v, **{f"{w}/{w}.go": f"package {w}\n\nfunc Size() int {{\n\treturn \"{w}\"\n}}\n"}), fix={f"{w}/{w}.go": f"package {w}\n"}, script=["go test ./..."], head=[rf'{w}.go:4:\d+: cannot use "{w}"'], show=[("cannot use", "cannot use")])


@cause("go", "gofmt-diff", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env=ENV, files=module(v, **{f"{w}.go": f"package {w}\nfunc  F( ){{ }}\n"}), fix={f"{w}.go": f"package {w}\n"}, script=['out=$(gofmt -l .); if [ -n "$out" ]; then echo "These files are not gofmt-ed:"; echo "$out"; exit 1; fi'], head=[rf"^{w}.go$", r"^These files are not gofmt-ed"], show=[("^These files", rf"^{w}.go$")])


@cause("go", "module-lookup-dns", "network dependency", whose="infra external", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, env={"GOFLAGS": "-mod=mod", "GOPROXY": "http://proxy.invalid", "GONOSUMDB": "*", "GONOSUMCHECK": "1", "GOFLAGS": "-mod=mod", "GOCACHE": "/tmp/corpus-go-cache"}, files=module(v, **{"go.mod": f"module gitlab.acme.example/acme/{v.project}\n\ngo 1.19\n\nrequire gitlab.acme.example/libs/{w} v1.2.0\n"}), script=["go mod download"], head=[r"dial tcp: lookup proxy.invalid"])


@cause("go", "subtest-table", "test", green=True)
def _(v):
    w = v.word()
    body = f"package {w}\n\nimport \"testing\"\n\nfunc TestParse(t *testing.T) {{\n\tfor _, n := range []string{{\"empty\", \"one\", \"many\"}} {{\n\t\tt.Run(n, func(t *testing.T) {{\n\t\t\tt.Log(\"error path is fine\")\n\t\t\tif n == \"many\" {{\n\t\t\t\tt.Fatalf(\"{w}: parse(%q): unexpected EOF\", n)\n\t\t\t}}\n\t\t}})\n\t}}\n}}\n"
    return Job(image=IMAGE, env=ENV, files=module(v, **{f"{w}/{w}_test.go": body}), fix={f"{w}/{w}_test.go": f"package {w}\n"}, script=["go test -v ./..."], head=[rf'{w}: parse\("many"\): unexpected EOF', r"--- FAIL: TestParse/many", r"--- FAIL: TestParse "], show=[("unexpected EOF", "--- FAIL: TestParse/many")])
