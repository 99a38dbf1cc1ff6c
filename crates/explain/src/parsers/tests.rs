use crate::{Category, Explainer, Facts, Trace};

fn line(log: &str) -> (Option<u32>, Category, String) {
    let trace = Trace::clean(log.as_bytes(), b"", 0);
    let answer = Explainer::builtin().explain(&Facts::default(), Some(&trace), None);
    (answer.line, answer.category, answer.headline)
}

#[test]
fn rust_panic_in_a_test_names_test_and_message() {
    let (at, category, headline) = line(
        "---- tests::adds stdout ----\nthread 'tests::adds' panicked at src/lib.rs:5:9:\nassertion `left == right` failed\n  left: 1\n right: 2\n\ntest result: FAILED. 0 passed; 1 failed\nerror: test failed, to rerun pass `--lib`\n",
    );
    assert_eq!((at, category), (Some(2), Category::Test));
    assert!(headline.contains("tests::adds") && headline.contains("left == right"));
}

/// Each log, the line that tells its reason, the kind, and a part of the headline.
#[test]
fn the_message_with_its_test_is_the_headline_and_not_what_wraps_it() {
    let cases: &[(&str, u32, Category, &str)] = &[
        (
            "[ERROR] testFoo(com.x.ATest)  Time elapsed: 0.01 s  <<< FAILURE!\norg.junit.ComparisonFailure: expected:<[a]> but was:<[b]>\n\tat com.x.ATest.testFoo(ATest.java:20)\n\n[ERROR] Tests run: 3, Failures: 1\n[INFO] BUILD FAILURE\n[ERROR] Failed to execute goal a:b:1:test on project y: There are test failures.\n",
            2,
            Category::Test,
            "testFoo(com.x.ATest): org.junit.ComparisonFailure",
        ),
        (
            "FAIL src/a.test.js\n  ● math › adds\n\n    expect(received).toBe(expected)\n\n    Expected: 3\n    Received: 4\nTest Suites: 1 failed\nerror Command failed with exit code 1.\n",
            2,
            Category::Test,
            "math › adds: expect(received)",
        ),
        (
            "    a_test.go:10: \n        \tError Trace:\t/b/a_test.go:10\n        \tError:      \tNot equal: \n        \t            \texpected: 1\n        \t            \tactual  : 2\n--- FAIL: TestA (0.00s)\nFAIL\n",
            1,
            Category::Test,
            "TestA: a_test.go:10: Not equal: expected: 1",
        ),
        (
            "  1) User#name returns it\n     Failure/Error: expect(a).to eq(b)\n\n       expected: 1\n            got: 2\n\n1 example, 1 failure\n",
            4,
            Category::Test,
            "User#name returns it: expected: 1 got: 2",
        ),
        (
            "There was 1 failure:\n\n1) FooTest::testBar\nFailed asserting that 1 matches expected 2.\n\nFAILURES!\n",
            4,
            Category::Test,
            "FooTest::testBar: Failed asserting",
        ),
        (
            "[ RUN      ] Math.Adds\n/b/t.cc:10: Failure\nExpected equality of these values:\n  1\n  2\n[  FAILED  ] Math.Adds (0 ms)\n",
            2,
            Category::Test,
            "Math.Adds: /b/t.cc:10",
        ),
        (
            "  1 failing\n\n  1) math\n       adds:\n\n      AssertionError [ERR_ASSERTION]: 3 == 4\n\nnpm ERR! Test failed.  See above for more details.\n",
            6,
            Category::Test,
            "math adds: AssertionError",
        ),
        (
            "adds: Test Failed at /b/runtests.jl:5\n  Expression: a == 4\n   Evaluated: 3 == 4\nERROR: LoadError: Some tests did not pass: 1 passed, 1 failed.\nERROR: Package X errored during testing\n",
            1,
            Category::Test,
            "Evaluated: 3 == 4",
        ),
        (
            "ERROR: test_conv (mod.T)\n-----\n",
            1,
            Category::Unknown,
            "test_conv",
        ),
        (
            "======\nFAIL: test_x (mod.T)\n------\nTraceback (most recent call last):\n  File \"a.py\", line 1, in test_x\n    self.assertEqual(1, 2)\nAssertionError: 1 != 2\n\n------\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n",
            7,
            Category::Test,
            "test_x: AssertionError: 1 != 2",
        ),
        (
            "╷\n│ Error: Reference to undeclared resource\n│ \n│   on main.tf line 5, in resource \"a\" \"b\":\n╵\n",
            2,
            Category::Config,
            "undeclared resource on main.tf line 5",
        ),
        (
            "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree\nnpm error Could not resolve dependency:\nnpm error peer react@17 from a@1\n",
            2,
            Category::Dependency,
            "ERESOLVE unable to resolve",
        ),
        (
            "  1) test adds (CartTest)\n     test/cart_test.exs:5\n     Assertion with == failed\n     code:  assert a == b\n     left:  2\n     right: 3\n     stacktrace:\n       test/cart_test.exs:6: (test)\n\n3 tests, 1 failure\n",
            3,
            Category::Test,
            "test adds (CartTest): Assertion with == failed code: assert a == b left: 2 right: 3",
        ),
        (
            "Login works                 | FAIL |\nNo element 'id=user' found.\n--------------------\nLogin                       | FAIL |\n1 test, 0 passed, 1 failed\n====================\n",
            2,
            Category::Test,
            "Login works: No element 'id=user' found.",
        ),
        (
            "The following TestFailure was thrown running a test:\nExpected: one\n  Actual: none\n\nWhen the exception was thrown, this was the stack:\n#4  main (file:///a.dart:2:5)\n\nThe test description was:\n  counts\n═════\n00:03 +0 -1: Some tests failed.\n",
            2,
            Category::Test,
            "counts: Expected: one Actual: none",
        ),
        (
            "Completed with 1 error and 0 warnings:\n\n  Database Error in model orders (models/orders.sql)\n  column \"amout\" does not exist\n  LINE 14: amout,\n\nDone. PASS=0 WARN=0 ERROR=1 SKIP=7 TOTAL=8\n",
            4,
            Category::Unknown,
            "orders (models/orders.sql): column \"amout\" does not exist",
        ),
        (
            "Completed with 1 error and 0 warnings:\n\n  Failure in test unique_orders_id (models/schema.yml)\n  Got 3 results, configured to fail if != 0\n\nDone. PASS=7 WARN=0 ERROR=1 SKIP=0 TOTAL=8\n",
            4,
            Category::Test,
            "unique_orders_id (models/schema.yml): Got 3 results",
        ),
        (
            "Passed checks: 10, Failed checks: 1\n\nCheck: CKV_AWS_20: \"S3 Bucket is public\"\n\tFAILED for resource: aws_s3_bucket.data\n\tFile: /main.tf:1-5\n",
            4,
            Category::Policy,
            "CKV_AWS_20: \"S3 Bucket is public\": FAILED for resource",
        ),
        (
            " ------ -----------\n  Line   src/OrderRepo.php\n ------ -----------\n  42     Parameter #1 of find() expects int,\n         string given.\n ------ -----------\n\n [ERROR] Found 1 error\n",
            4,
            Category::Lint,
            "src/OrderRepo.php:42 Parameter #1 of find() expects int, string given.",
        ),
        (
            "* What went wrong:\nExecution failed for task ':deploy'.\n> boom of the task\n\n* Try:\nBUILD FAILED in 1s\n",
            3,
            Category::Unknown,
            "boom of the task",
        ),
    ];
    for (log, at, category, part) in cases {
        let (line, kind, headline) = line(log);
        assert_eq!((line, kind), (Some(*at), *category), "{log}\n{headline}");
        assert!(headline.contains(part), "{headline} has no {part}");
    }
}
