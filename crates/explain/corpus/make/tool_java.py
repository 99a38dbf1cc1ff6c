"""Java and the JVM: javac, junit's console, maven without a network, gradle."""

from .case import Job, cause

IMAGE = "eclipse-temurin:17"
JUNIT = "/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar:/usr/share/java/hamcrest.jar"


def units(v, n):
    return {f"src/{w.title()}.java": f"public class {w.title()} {{ int value() {{ return {v.num(1, 9)}; }} }}\n" for w in v.words(n)}


@cause("javac", "cannot-find-symbol", "compile", variants=5, green=True)
def _(v):
    bad = "public class Zmain {\n    public static void main(String[] args) {\n        int n = retries + 1;\n    }\n}\n"
    return Job(image=IMAGE, files={**units(v, 6), "src/Zmain.java": bad}, fix={"src/Zmain.java": bad.replace("retries", "2")}, script=["mkdir -p out", "javac -d out src/*.java" + v.pick("", " -Xlint:all", " -g")],
               head=[r"Zmain.java:3: error: cannot find symbol"], show=[("error: cannot find symbol", "^1 error")])


@cause("javac", "incompatible-types", "compile", green=True)
def _(v):
    w = v.word().title()
    return Job(image=IMAGE, files={**units(v, 3), "src/Api.java": f"class Api {{\n  int size() {{ return \"{w}\"; }}\n  void close() {{ throw new java.io.IOException(\"x\"); }}\n}}\n"}, fix={"src/Api.java": "class Api {}\n"}, script=["javac -d out src/*.java"],
               head=[r"Api.java:2: error: incompatible types"], show=[("error: incompatible", r"^\d errors?")])


@cause("javac", "package-missing", "compile dependency", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image=IMAGE, files={**units(v, 3), "src/Api.java": f"import org.acme.{w}.Client;\nclass Api {{ Client c; }}\n"}, fix={"src/Api.java": "class Api {}\n"}, script=["javac -d out src/*.java"], head=[rf"Api.java:1: error: package org.acme.{w} does not exist"], show=[("error: package", r"^\d errors?")])


@cause("junit", "assert-equals", "test", variants=2, green=True)
def _(v):
    w = v.word()
    t = f"import org.junit.Test;\nimport static org.junit.Assert.*;\n\npublic class {w.title()}Test {{\n  @Test public void reportsError() {{ System.err.println(\"ERROR handled\"); }}\n  @Test public void countsRows() {{\n    assertEquals(\"rows of {w}\", 4, 2 + 1);\n  }}\n}}\n"
    return Job(image=IMAGE, files={f"test/{w.title()}Test.java": t}, fix={f"test/{w.title()}Test.java": t.replace("2 + 1", "2 + 2")}, script=[f"javac -cp {JUNIT} -d out test/*.java", f"java -cp out:{JUNIT} org.junit.runner.JUnitCore {w.title()}Test"],
               head=[rf"java.lang.AssertionError: rows of {w} expected:<4> but was:<3>", r"^1\) countsRows"], show=[(r"^1\) countsRows", r"countsRows\(")])


@cause("junit", "null-pointer", "test", green=True)
def _(v):
    w = v.word()
    t = f"import org.junit.Test;\n\npublic class {w.title()}Test {{\n  String name;\n  int size() {{ return name.length(); }}\n  @Test public void {w}HasSize() {{ size(); }}\n  @Test public void fine() {{ }}\n}}\n"
    return Job(image=IMAGE, files={f"test/{w.title()}Test.java": t}, fix={f"test/{w.title()}Test.java": t.replace("String name;", 'String name = "";')}, script=[f"javac -cp {JUNIT} -d out test/*.java", f"java -cp out:{JUNIT} org.junit.runner.JUnitCore {w.title()}Test"],
               head=[r"java.lang.NullPointerException: Cannot invoke", rf"^1\) {w}HasSize"], show=[(r"^1\) ", r"size\(")])


@cause("java", "uncaught-exception", "unknown test config", whose="code config", variants=1, green=True)
def _(v):
    w = v.word()
    t = f"public class Migrate {{\n  public static void main(String[] a) {{\n    System.out.println(\"applying 3 migrations\");\n    try {{ step(); }} catch (RuntimeException e) {{ throw new IllegalStateException(\"migration {w} failed\", e); }}\n  }}\n  static void step() {{ throw new IllegalArgumentException(\"column {w}_id already exists\"); }}\n}}\n"
    return Job(image=IMAGE, files={"Migrate.java": t}, fix={"Migrate.java": "public class Migrate { public static void main(String[] a) { } }\n"}, script=["java Migrate.java"], head=[rf"IllegalStateException: migration {w} failed", rf"Caused by: .*column {w}_id already exists"], show=[("Exception in thread", "Caused by")])


@cause("java", "heap-space", "oom", whose="code infra unknown")
def _(v):
    return Job(image=IMAGE, files={"Load.java": "import java.util.*;\npublic class Load {\n  public static void main(String[] a) {\n    System.out.println(\"loading index\");\n    List<long[]> l = new ArrayList<>(); while (true) l.add(new long[1 << 18]);\n  }\n}\n"}, script=["javac Load.java", "java -Xmx24m Load"], head=[r"java.lang.OutOfMemoryError: Java heap space"], show=[("Exception in thread", "Load.main")])


POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example.acme</groupId>
  <artifactId>{name}</artifactId>
  <version>1.{n}.0{snap}</version>
{rest}
</project>
"""


@cause("maven", "plugin-offline", "dependency network", whose="external infra config")
def _(v):
    return Job(image="maven:3.8", files={"pom.xml": POM.format(name=v.project, n=v.num(0, 30), snap="-SNAPSHOT", rest="")}, script=["mvn -B -o -Dmaven.repo.local=.m2 package"], head=[r"^\[ERROR\] (Plugin|Failed to).*could not be resolved|\[ERROR\] Plugin .* or one of its dependencies could not be resolved"], show=[("BUILD FAILURE", r"\[ERROR\] Plugin")])


@cause("maven", "bad-pom", "config compile", whose="code config")
def _(v):
    w = v.word()
    return Job(image="maven:3.8", files={"pom.xml": POM.format(name=v.project, n=v.num(0, 30), snap="", rest=f"  <dependencies><dependency><groupId>example.acme</groupId><artifactId>{w}</artifactId></dependency></dependencies>")}, script=["mvn -B -o package"], head=[rf"'dependencies.dependency.version' for example.acme:{w}:jar is missing"], which="first", show=[(r"Some problems were encountered|\[ERROR\] .*problem", r"is missing")])


@cause("maven", "parent-refused", "network dependency", whose="external infra config", green=False)
def _(v):
    w = v.word()
    rest = f"  <parent><groupId>example.acme</groupId><artifactId>{w}-parent</artifactId><version>7</version></parent>\n  <repositories><repository><id>internal</id><url>http://127.0.0.1:9/maven2</url></repository></repositories>"
    return Job(image="maven:3.8", files={"pom.xml": POM.format(name=v.project, n=v.num(0, 30), snap="", rest=rest), ".mvn/maven.config": "-B\n", "settings.xml": "<settings><mirrors><mirror><id>internal</id><mirrorOf>*</mirrorOf><url>http://127.0.0.1:9/maven2</url></mirror></mirrors></settings>\n"}, script=["mvn -s settings.xml -Dmaven.repo.local=.m2 verify"], head=[r"Non-resolvable parent POM.*Connect(ion| to).*(refused|failed)"], which="first")


@cause("gradle", "script-error", "config compile", whose="code config", variants=1, green=True)
def _(v):
    w = v.word()
    return Job(image="gradle:4.4", files={"settings.gradle": f"rootProject.name = '{v.project}'\n", "build.gradle": f"task hello {{\n    doLast {{ println 'hi' }}\n}}\n{w}Deploy {{ }}\n"}, fix={"build.gradle": "task hello {\n    doLast { println 'hi' }\n}\n"}, script=["gradle --no-daemon --offline hello"], head=[rf"Could not find method {w}Deploy"], which="last", show=[("What went wrong", "Could not find method")])


@cause("gradle", "task-throws", "unknown config test", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image="gradle:4.4", files={"settings.gradle": f"rootProject.name = '{v.project}'\n", "build.gradle": f"task check{w.title()} {{\n    doLast {{ throw new GradleException('{w} schema is not backward compatible') }}\n}}\n"}, fix={"build.gradle": f"task check{w.title()} {{\n    doLast {{ println 'hi' }}\n}}\n"}, script=[f"gradle --no-daemon --offline check{w.title()}"], head=[rf"{w} schema is not backward compatible"], show=[("What went wrong", "not backward compatible")])
