"""Other languages' test runners: Ruby, Perl, PHP, Lua, Lisp, R, Elixir, Bats, Haskell, Nim, Ansible."""

from .case import Job, cause


@cause("minitest", "assert-equal", "test", variants=2, green=True)
def _(v):
    w = v.word()
    t = f"require 'minitest/autorun'\nclass {w.title()}Test < Minitest::Test\n  def test_error_text; assert_match(/err/, 'error'); end\n  def test_{w}_sum\n    assert_equal 10, [1, 2, 3].sum, '{w} sum'\n  end\nend\n"
    return Job(image="ruby:3.1", files={f"test/{w}_test.rb": t}, fix={f"test/{w}_test.rb": t.replace("10,", "6,")}, script=[f"ruby -Itest test/{w}_test.rb" + v.pick("", " -v")], head=[rf"{w.title()}Test#test_{w}_sum \[", rf"^{w} sum", r"^ +Expected: 10|^Expected: 10"], show=[(r"^ +1\) Failure", "Actual: 6")])


@cause("minitest", "raises", "test", green=True)
def _(v):
    w = v.word()
    t = f"require 'minitest/autorun'\nclass {w.title()}Test < Minitest::Test\n  def test_{w}_load\n    nil.{w}_items\n  end\nend\n"
    return Job(image="ruby:3.1", files={f"test/{w}_test.rb": t}, fix={f"test/{w}_test.rb": t.replace(f"nil.{w}_items", "assert true")}, script=[f"ruby test/{w}_test.rb"], head=[rf"NoMethodError: undefined method .{w}_items", rf"{w.title()}Test#test_{w}_load"], show=[(r"^ +1\) Error", "NoMethodError")])


@cause("ruby", "load-error", "dependency config", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image="ruby:3.1", files={"run.rb": f"puts 'starting'\nrequire 'acme_{w}'\n"}, fix={"run.rb": "puts 'starting'\n"}, script=["ruby run.rb"], head=[rf"cannot load such file -- acme_{w} \(LoadError\)"])


@cause("ruby", "syntax-check", "compile lint", green=True)
def _(v):
    w = v.word()
    return Job(image="ruby:3.1", files={f"{w}.rb": f"def {w}(\n  1 +\nend\n"}, fix={f"{w}.rb": "x = 1\n"}, script=[f"for f in *.rb; do ruby -wc $f; done"], head=[r"syntax error, unexpected"], which="first")


@cause("rspec", "expect-eq", "test", variants=2, green=True)
def _(v):
    w = v.word()
    t = f"describe '{w} cart' do\n  it('raises an error') {{ expect {{ raise 'x' }}.to raise_error('x') }}\n  it 'adds lines' do\n    expect(3 + 1).to eq(5)\n  end\nend\n"
    return Job(image="ruby:3.1", files={f"spec/{w}_spec.rb": t}, fix={f"spec/{w}_spec.rb": t.replace("eq(5)", "eq(4)")}, script=["rspec" + v.pick("", " --format documentation", " --color")], head=[rf"^rspec ./spec/{w}_spec.rb:3 # {w} cart adds lines", r"^ +1\) .* cart adds lines", r"Failure/Error: expect\(3 \+ 1\)", r"^ +expected: 5"], show=[(r"^ +1\) ", "got: 4")])


@cause("rspec", "load-outside", "test dependency config", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image="ruby:3.1", files={f"spec/{w}_spec.rb": f"require 'acme/{w}'\ndescribe('x') {{ }}\n"}, fix={f"spec/{w}_spec.rb": "describe('x') { it('y') { } }\n"}, script=["rspec"], head=[rf"cannot load such file -- acme/{w}"], show=[("An error occurred while loading", "cannot load such file")], which="first")


@cause("perl", "prove-is", "test", variants=2, green=True)
def _(v):
    w = v.word()
    t = f"use strict; use warnings; use Test::More tests => 3;\nok(1, 'error text is shown');\nis(2 * 3, 7, '{w} product');\nok(1);\n"
    return Job(image="perl:5.36", files={f"t/{w}.t": t, "t/ok.t": "use Test::More; ok 1; done_testing;\n"}, fix={f"t/{w}.t": t.replace("7,", "6,")}, script=["prove -v t"], head=[rf"Failed test '{w} product'", rf"not ok 2 - {w} product"], show=[(rf"Failed test '{w} product'", "expected: '7'")])


@cause("perl", "missing-module", "dependency", whose="code config infra", green=True)
def _(v):
    w = v.word().title()
    return Job(image="perl:5.36", files={"run.pl": f"use Acme::{w}::Kit;\n"}, fix={"run.pl": "print 1;\n"}, script=["perl -c run.pl"], head=[rf"Can't locate Acme/{w}/Kit.pm in @INC"])


@cause("perl", "strict-global", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image="perl:5.36", files={"run.pl": f"use strict;\n${w} = 1;\n"}, fix={"run.pl": "print 1;\n"}, script=["perl run.pl"], head=[rf'Global symbol "\${w}" requires explicit package name'])


@cause("phpunit", "assert-same", "test", variants=2, green=True)
def _(v):
    w = v.word().title()
    t = f"<?php\nuse PHPUnit\\Framework\\TestCase;\nfinal class {w}Test extends TestCase {{\n  public function testErrorIsLogged(): void {{ $this->assertTrue(true); }}\n  public function test{w}Name(): void {{ $this->assertSame('{w}', 'other'); }}\n}}\n"
    return Job(image="php:8.2-cli", files={f"tests/{w}Test.php": t}, fix={f"tests/{w}Test.php": t.replace("'other'", f"'{w}'")}, script=["phpunit tests" + v.pick("", " --testdox", " --colors=always")], head=[rf"{w}Test::test{w}Name", r"Failed asserting that two strings are identical"], show=[(r"Name", r"Failed asserting")])


@cause("phpunit", "error-class", "test dependency", whose="code", green=True)
def _(v):
    w = v.word().title()
    t = f"<?php\nuse PHPUnit\\Framework\\TestCase;\nfinal class AppTest extends TestCase {{\n  public function testBoot(): void {{ new \\Acme\\{w}Kernel(); }}\n}}\n"
    return Job(image="php:8.2-cli", files={"tests/AppTest.php": t}, fix={"tests/AppTest.php": t.replace(f"new \\Acme\\{w}Kernel();", "$this->assertTrue(true);")}, script=["phpunit tests"], head=[rf'Error: Class "Acme\\{w}Kernel" not found', r"^1\) AppTest::testBoot"], show=[(r"^1\) AppTest", "not found")])


@cause("php", "parse-error", "compile lint", green=True)
def _(v):
    w = v.word()
    return Job(image="php:8.2-cli", files={f"src/{w}.php": "<?php\nfunction a( { }\n", "src/ok.php": "<?php\n"}, fix={f"src/{w}.php": "<?php\n"}, script=["find src -name '*.php' -print0 | xargs -0 -n1 php -l"], head=[r"PHP Parse error:|^Parse error:"])


@cause("php", "fatal-memory", "oom", whose="code infra unknown")
def _(v):
    return Job(image="php:8.2-cli", files={"import.php": "<?php\necho \"importing\\n\";\n$a = []; while (true) { $a[] = str_repeat('x', 100000); }\n"}, script=["php -d memory_limit=16M -d display_errors=1 import.php"], head=[r"Fatal error: +Allowed memory size of \d+ bytes exhausted"])


@cause("lua", "busted-equals", "test", green=True)
def _(v):
    w = v.word()
    t = f"describe('{w}', function()\n  it('counts rows', function()\n    assert.are.equal(3, 4)\n  end)\n  it('fails softly', function() end)\nend)\n"
    return Job(image="nickblah/lua:5.4", files={f"spec/{w}_spec.lua": t}, fix={f"spec/{w}_spec.lua": t.replace("3, 4", "3, 3")}, script=["busted" + v.pick("", " -o plainTerminal")], head=[rf"spec/{w}_spec.lua:\d+: Expected objects to be equal", rf"{w} counts rows"], show=[(r"^Failure", "Expected")], which="first")


@cause("lua", "module-missing", "dependency unknown", whose="code config", green=True)
def _(v):
    w = v.word()
    return Job(image="nickblah/lua:5.4", files={"main.lua": f"local m = require('acme.{w}')\n"}, fix={"main.lua": "print(1)\n"}, script=["lua5.4 main.lua"], head=[rf"module 'acme.{w}' not found"], show=[("module 'acme", "module 'acme")])


@cause("sbcl", "unhandled-error", "unknown test compile", green=True)
def _(v):
    w = v.word()
    t = f'(defun total (x) (+ x 1))\n(format t "running checks~%")\n(assert (= (total 2) 4) () "{w} total is ~a, not 4" (total 2))\n'
    return Job(image="clfoundation/sbcl:2.2", files={"check.lisp": t}, fix={"check.lisp": t.replace("4)", "3)", 1)}, script=["sbcl --script check.lisp"], head=[rf"{w} total is 3, not 4"], which="first")


@cause("sbcl", "undefined-function", "unknown compile test", green=True)
def _(v):
    w = v.word()
    return Job(image="clfoundation/sbcl:2.2", files={"run.lisp": f"({w}-start 1)\n"}, fix={"run.lisp": "(print 1)\n"}, script=["sbcl --non-interactive --load run.lisp"], head=[rf"The function .*{w.upper()}-START is undefined"], which="all", show=[("Unhandled UNDEFINED-FUNCTION", "is undefined")])


@cause("r", "stop", "unknown test", green=True)
def _(v):
    w = v.word()
    return Job(image="r-base:4.2", files={"check.R": f'cat("checking\\n")\nf <- function(x) stop("{w} column has missing values")\nf(1)\n'}, fix={"check.R": "cat(1)\n"}, script=["Rscript check.R"], head=[rf"{w} column has missing values"], show=[("^Error in|^Error", "Execution halted")])


@cause("r", "no-package", "dependency", whose="code config infra", green=True)
def _(v):
    w = v.word()
    return Job(image="r-base:4.2", files={"check.R": f"library({w}r)\n"}, fix={"check.R": "cat(1)\n"}, script=["Rscript check.R"], head=[rf"there is no package called .{w}r"], show=[("^Error in", "Execution halted")])


@cause("elixir", "exunit-assert", "test", green=True)
def _(v):
    w = v.word()
    t = f'ExUnit.start()\ndefmodule {w.title()}Test do\n  use ExUnit.Case\n  test "error tuple" do\n    assert {{:error, _}} = {{:error, 1}}\n  end\n  test "{w} length" do\n    assert String.length("{w}") == 99\n  end\nend\n'
    return Job(image="elixir:1.14", files={f"test/{w}_test.exs": t}, fix={f"test/{w}_test.exs": t.replace("== 99", "> 0")}, script=[f"elixir test/{w}_test.exs"], head=[rf"1\) test {w} length", r"Assertion with == failed"], show=[(r"1\) test", "right:")])


@cause("elixir", "compile-error", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image="elixir:1.14", files={"run.exs": f"IO.puts {w}_count\n"}, fix={"run.exs": "IO.puts 1\n"}, script=["elixir run.exs"], head=[rf'undefined function {w}_count/0|undefined variable "{w}_count"'])


@cause("bats", "assert-status", "test", green=True)
def _(v):
    w = v.word()
    t = f'@test "prints error help" {{ true; }}\n@test "{w} exits zero" {{\n  run false\n  [ "$status" -eq 0 ]\n}}\n'
    return Job(image="bats/bats:1.8", files={f"test/{w}.bats": t}, fix={f"test/{w}.bats": t.replace("run false", "run true")}, script=["bats --tap test"], head=[rf"^not ok 2 {w} exits zero", r'`\[ "\$status" -eq 0 \]. failed'], show=[("^not ok 2", "failed")])


@cause("haskell", "ghc-type-error", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image="haskell:9", files={"Main.hs": f"module Main where\n\n{w} :: Int -> Int\n{w} n = n ++ 1\n\nmain :: IO ()\nmain = print ({w} 2)\n"}, fix={"Main.hs": "module Main where\n\nmain :: IO ()\nmain = print 2\n"}, script=["ghc -Wall Main.hs -o app"], head=[r"Couldn't match (expected|type).*", r"Main.hs:4:\d+: error"], show=[(r"Main.hs:4:\d+: error", "Couldn't match")], which="first")


@cause("haskell", "module-missing", "compile dependency", whose="code config", green=True)
def _(v):
    w = v.word().title()
    return Job(image="haskell:9", files={"Main.hs": f"module Main where\nimport Acme.{w}\nmain :: IO ()\nmain = print 2\n"}, fix={"Main.hs": "module Main where\nmain :: IO ()\nmain = print (2 :: Int)\n"}, script=["ghc Main.hs -o app"], head=[rf"Could not find module .Acme.{w}"])


@cause("nim", "type-mismatch", "compile", green=True)
def _(v):
    w = v.word()
    return Job(image="nimlang/nim", files={"main.nim": f'proc {w}(n: int): int = n\necho {w}("x")\n'}, fix={"main.nim": "echo 1\n"}, script=["nim c --hints:off --nimcache:.nim main.nim"], head=[r"Error: type mismatch"], show=[("Error: type mismatch", "Error: type mismatch")])


@cause("ansible", "undefined-variable", "config deploy", whose="code config", green=True)
def _(v):
    w = v.word()
    play = f"- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n    - name: Say hello\n      debug: msg=hello\n    - name: Render {w}\n      debug:\n        msg: \"{{{{ {w}_port }}}}\"\n"
    return Job(image="ansible:9", env={"ANSIBLE_NOCOWS": "1", "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_HOME": "/tmp/corpus-ansible"}, files={"site.yml": play}, fix={"site.yml": play.replace(f"{{{{ {w}_port }}}}", "ok")}, script=["ansible-playbook site.yml"], head=[rf"'{w}_port' is undefined"], show=[("fatal: |ERROR|Error", f"is undefined")], which="all")


@cause("ansible", "command-failed", "deploy config", whose="code config infra", green=True)
def _(v):
    w = v.word()
    play = f"- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n    - name: Restart {w}\n      command: sh -c 'echo unit {w}.service not found >&2; exit 5'\n"
    return Job(image="ansible:9", env={"ANSIBLE_NOCOWS": "1", "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_HOME": "/tmp/corpus-ansible", "ANSIBLE_FORCE_COLOR": "1"}, files={"site.yml": play}, fix={"site.yml": play.replace("exit 5", "exit 0")}, script=["ansible-playbook -i localhost, site.yml"], head=[rf"unit {w}.service not found"], show=[(r"\[ERROR\]: Task failed", "^fatal: ")])


@cause("sqlfluff", "capitalisation", "lint", green=True)
def _(v):
    w = v.word()
    return Job(image="sqlfluff/sqlfluff", files={f"{w}.sql": f"SELECT a\nfrom {w}\n"}, fix={f"{w}.sql": f"SELECT a\nFROM {w}\n"}, script=["sqlfluff lint --dialect ansi ."], head=[r"CP01"])


@cause("sphinx", "warning-as-error", "lint compile", green=True)
def _(v):
    w = v.word()
    return Job(image="python:3.11", files={"conf.py": f"project = '{w}'\n", "index.rst": f"{w.title()}\n{'=' * len(w)}\n\n:doc:`{w}-guide`\n"}, fix={"index.rst": f"{w.title()}\n{'=' * len(w)}\n\ntext\n"}, script=["sphinx-build -W --keep-going -b html . _build"], head=[rf"WARNING: unknown document: .*{w}-guide"])


@cause("tox", "env-fails", "test", green=True)
def _(v):
    w = v.word()
    return Job(image="python:3.11", files={"tox.ini": "[tox]\nskipsdist = true\nenv_list = unit\n[testenv]\nskip_install = true\nallowlist_externals = pytest\ncommands = pytest -q\n", "test_a.py": f"def test_{w}_state():\n    assert '{w}' == 'ready'\n"}, fix={"test_a.py": "def test_a():\n    pass\n"}, script=["tox -e unit"], head=[rf"^E +AssertionError: assert '{w}' == 'ready'", rf"^FAILED test_a.py::test_{w}_state"], show=[(rf"^_+ test_{w}", "AssertionError")])
