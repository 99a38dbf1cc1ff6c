"""C and C++: gcc, clang, make, ld, cmake, ninja, ctest with googletest."""

from .case import Job, cause

IMAGE = "gcc:12"


def units(v, n):
    return {f"src/{w}.c": f"int {w}_value(int x) {{ return x + {v.num(1, 99)}; }}\n" for w in v.words(n)}


MAKEFILE = """SRC := $(wildcard src/*.c)
OBJ := $(SRC:.c=.o)
CFLAGS := -Wall -O1 {flags}

app: $(OBJ)
\t$(CC) -o $@ $(OBJ) {libs}
%.o: %.c
\t$(CC) $(CFLAGS) -c -o $@ $<
"""
MAIN = "#include <stdio.h>\nint main(void) { puts(\"ok\"); return 0; }\n"


@cause("gcc", "undeclared", "compile", variants=5, green=True)
def _(v):
    return Job(image=IMAGE, files={**units(v, 7), "src/zmain.c": "#include <stdio.h>\nint main(void) {\n    printf(\"%d\\n\", retry_limit);\n    return 0;\n}\n", "Makefile": MAKEFILE.format(flags="", libs="")}, fix={"src/zmain.c": MAIN},
               script=["make" + v.pick("", " -j2", " -k", " --no-print-directory")], head=[r"src/zmain.c:3:\d+: error: .retry_limit. undeclared"], show=[("zmain.c: In function", r"Error 1")])


@cause("gcc", "undefined-reference", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**units(v, 5), "src/zmain.c": f"int {w}_flush(int);\nint main(void) {{ return {w}_flush(0); }}\n", "Makefile": MAKEFILE.format(flags="", libs="")}, fix={"src/zmain.c": MAIN},
               script=["make -j2"], head=[rf"undefined reference to .{w}_flush"], show=[("undefined reference", "Error 1")])


@cause("gcc", "werror", "compile lint", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**units(v, 5), "src/zmain.c": f"int main(void) {{ int {w}_unused = 3; return 0; }}\n", "Makefile": MAKEFILE.format(flags="-Werror", libs="")}, fix={"src/zmain.c": MAIN},
               script=["make"], head=[rf"error: unused variable .{w}_unused. \[-Werror"], show=[("In function", "Error 1")])


@cause("gcc", "missing-header", "compile dependency", whose="code config infra", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**units(v, 4), "src/zmain.c": f"#include <acme/{w}.h>\nint main(void) {{ return 0; }}\n", "Makefile": MAKEFILE.format(flags="", libs="")}, fix={"src/zmain.c": MAIN},
               script=["make"], head=[rf"fatal error: acme/{w}.h: No such file"], show=[("fatal error", "Error 1")])


@cause("g++", "no-member", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"main.cpp": f"#include <vector>\nint main() {{\n  std::vector<int> v;\n  v.push_{w}(1);\n}}\n"}, fix={"main.cpp": "int main() {}\n"}, script=["g++ -std=c++17 -fdiagnostics-color=always -c main.cpp"], colour=True,
               head=[rf"error: .class std::vector<int>. has no member named .push_{w}"], show=[("In function", "push_")])


@cause("g++", "template-avalanche", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"main.cpp": f"#include <algorithm>\n#include <list>\nstruct {w.title()} {{ int n; }};\nint main() {{\n  std::list<{w.title()}> items;\n  std::sort(items.begin(), items.end());\n}}\n"}, fix={"main.cpp": "int main() {}\n"}, script=["g++ --version | head -1", "g++ -c main.cpp"],
               head=[r"error: no match for .operator-. \(operand types"], which="first", show=[("no match for .operator-", "operand types")])


@cause("g++", "linker-library", "compile dependency", whose="infra config code", green=False)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"main.cpp": "int main() {}\n"}, script=[f"g++ main.cpp -lacme_{w} -o app"], head=[rf"cannot find -lacme_{w}"], show=[("cannot find", "ld returned 1")])


@cause("clang", "type-error", "compile", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image="silkeh/clang:14", files={"main.c": f"struct {w} {{ int a; }};\nint main(void) {{\n  struct {w} s = {{ 1 }};\n  return s.{w}_size;\n}}\n"}, fix={"main.c": "int main(void) { return 0; }\n"}, script=["clang -Wall -c main.c"],
               head=[rf"error: no member named '{w}_size'"], show=[("error: no member", "1 error generated")])


@cause("clang", "sanitizer-overflow", "test killed", green=True)
def _(v):
    w = v.word()
    return Job(image="silkeh/clang:14", files={"main.c": f"#include <stdlib.h>\nint {w}(int n) {{ int *p = malloc(4 * sizeof(int)); int r = p[n]; free(p); return r; }}\nint main(int c, char **v) {{ return {w}(c + 3) & 0; }}\n"}, fix={"main.c": "int main(void) { return 0; }\n"},
               script=["gcc -g -fsanitize=address main.c -o app", "./app"], head=[r"ERROR: AddressSanitizer: heap-buffer-overflow", r"SUMMARY: AddressSanitizer: heap-buffer-overflow"], show=[("ERROR: AddressSanitizer", "allocated by"), ("SUMMARY: Addr", "SUMMARY")], which="first")


@cause("make", "no-rule", "config compile", whose="code config", variants=2, green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"Makefile": f"all: {w}.o\n\t@echo done\n"}, fix={"Makefile": "all:\n\t@echo done\n"}, script=["make all"], head=[rf"\*\*\* No rule to make target '{w}.o', needed by 'all'"])


@cause("make", "recipe-fails", "unknown test config", whose="code config unknown", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"Makefile": f"check: prepare\n\t./tools/check-{w}\nprepare:\n\t@echo preparing 3 inputs\n", f"tools/check-{w}!": f"#!/bin/sh\necho 'checking {w} schema version'\necho 'schema version 7 does not match {w}.lock (6)' >&2\nexit 3\n"}, fix={f"tools/check-{w}!": "#!/bin/sh\necho same\n"},
               script=["make check"], head=[r"schema version 7 does not match"], show=[("schema version 7", "Error 3")])


@cause("make", "missing-separator", "config compile", whose="code config", green=True)
def _(v):
    return Job(image=IMAGE, files={"Makefile": "all:\n    echo hi\n"}, fix={"Makefile": "all:\n\techo hi\n"}, script=["make"], head=[r"Makefile:2: \*\*\* missing separator"])


CMAKE = "cmake_minimum_required(VERSION 3.16)\nproject({name} LANGUAGES C CXX)\n{rest}"


@cause("cmake", "package-not-found", "dependency config", whose="code config infra", variants=2, green=True)
def _(v):
    w = v.word().title()
    return Job(image=IMAGE, files={"CMakeLists.txt": CMAKE.format(name=v.project, rest=f"find_package(Acme{w} 3.2 REQUIRED)\n")}, fix={"CMakeLists.txt": CMAKE.format(name=v.project, rest="")}, script=["cmake -S . -B build"],
               head=[rf"Could not find a package configuration file provided by .Acme{w}.", r"CMake Error at CMakeLists.txt:3"], show=[("^CMake Error at", "Configuring incomplete")])


@cause("cmake", "unknown-command", "config compile", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"CMakeLists.txt": CMAKE.format(name=v.project, rest=f"acme_add_{w}(x)\n")}, fix={"CMakeLists.txt": CMAKE.format(name=v.project, rest="")}, script=["cmake -S . -B build"], head=[rf'Unknown CMake command "acme_add_{w}"', r"CMake Error at"], show=[("^CMake Error at", "Configuring incomplete")])


@cause("ninja", "compile-error", "compile", variants=2, green=True)
def _(v):
    w = v.word()
    files = {"CMakeLists.txt": CMAKE.format(name=v.project, rest="file(GLOB S src/*.c)\nadd_executable(app ${S})\n"), **units(v, 9), "src/zmain.c": f"int main(void) {{\n  return {w}(3;\n}}\n"}
    return Job(image=IMAGE, files=files, fix={"src/zmain.c": MAIN}, script=["cmake -G Ninja -S . -B build", "ninja -C build"], head=[r"zmain.c:2:\d+: error: expected"], show=[("^FAILED:", "ninja: build stopped")])


@cause("ninja", "missing-input", "config compile", whose="code config")
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"build.ninja": f"rule cc\n  command = cc -c $in -o $out\nbuild {w}.o: cc {w}.c\n"}, script=["ninja"], head=[rf"ninja: error: '{w}.c', needed by '{w}.o', missing"])


GTEST = "find_package(GTest REQUIRED)\nenable_testing()\nadd_executable(unit unit.cpp)\ntarget_link_libraries(unit GTest::gtest_main)\ninclude(GoogleTest)\ngtest_discover_tests(unit)\n"


@cause("ctest", "gtest-expect", "test", variants=5, green=True)
def _(v):
    ok = "".join(f"TEST(Codec, {w.title()}ErrorIsReported) {{ EXPECT_TRUE(true); }}\n" for w in v.words(6))
    files = {"CMakeLists.txt": CMAKE.format(name=v.project, rest=GTEST), "unit.cpp": "#include <gtest/gtest.h>\n" + ok + "TEST(Codec, RoundTripKeepsLength) {\n  EXPECT_EQ(12, 4 * 4) << \"length changed\";\n}\n"}
    return Job(image=IMAGE, files=files, fix={"unit.cpp": "#include <gtest/gtest.h>\n" + ok}, script=["cmake -S . -B build -G Ninja > cmake.log", "cmake --build build", "ctest --test-dir build --output-on-failure"],
               head=[r"unit.cpp:\d+: Failure", r"Expected equality of these values", r"\[  FAILED  \] Codec.RoundTripKeepsLength", r"Codec.RoundTripKeepsLength \.+\*\*\*Failed", r"- Codec.RoundTripKeepsLength \(Failed\)", "length changed"], show=[("unit.cpp:.*Failure", "length changed")])


@cause("ctest", "timeout", "timeout test", whose="code unknown")
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={"CMakeLists.txt": CMAKE.format(name=v.project, rest=f"enable_testing()\nadd_test(NAME {w}_soak COMMAND sleep 20)\nset_tests_properties({w}_soak PROPERTIES TIMEOUT 1)\nadd_test(NAME quick COMMAND true)\n")}, script=["cmake -S . -B build", "cd build", "ctest"],
               head=[rf"{w}_soak \.+\*\*\*Timeout", rf"- {w}_soak \(Timeout\)"], show=[(r"\*\*\*Timeout", r"\(Timeout\)")])


@cause("ctest", "gtest-segv", "test killed", green=True)
def _(v):
    w = v.word().title()
    files = {"CMakeLists.txt": CMAKE.format(name=v.project, rest=GTEST.replace("gtest_discover_tests(unit)", "add_test(NAME unit COMMAND unit)")), "unit.cpp": f"#include <gtest/gtest.h>\nTEST({w}, Opens) {{ EXPECT_TRUE(true); }}\nTEST({w}, ReadsFirst) {{ volatile int *p = nullptr; EXPECT_EQ(*p, 1); }}\n"}
    return Job(image=IMAGE, files=files, fix={"unit.cpp": f"#include <gtest/gtest.h>\nTEST({w}, Opens) {{ EXPECT_TRUE(true); }}\n"}, script=["cmake -S . -B build > /dev/null", "cmake --build build", "ctest --test-dir build -V"],
               head=[r"\*\*\*Exception: SegFault", r"- unit \(SEGFAULT\)"], show=[(rf"RUN +\] {w}.ReadsFirst", "SEGFAULT")])
