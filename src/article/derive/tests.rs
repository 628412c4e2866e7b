use super::*;
use crate::article::{SourceFormat, parse, sniff, without_site_markup};

fn derived(markdown: &str, id: &str) -> Vec<String> {
    let article = parse(markdown, SourceFormat::Markdown, id).unwrap().article;
    assert!(article.signatures.iter().all(|s| s.origin == SignatureOrigin::Derived));
    article.signatures.iter().map(|signature| shown(&signature.condition)).collect()
}

fn shown(condition: &Condition) -> String {
    match condition {
        Condition::Template(template) => template.source.clone(),
        Condition::Code(code) => format!("code {}", code.text),
        Condition::All { conditions, .. } => conditions.iter().map(shown).collect::<Vec<_>>().join(" & "),
        other => format!("{other:?}"),
    }
}

/// Reads every article of the folder `KBMATCH_BENCH_KB` and prints what was derived, for people to judge.
#[test]
#[ignore = "reads a folder outside of the repository"]
fn every_article_of_a_folder_imports_without_a_problem() {
    let root = std::env::var("KBMATCH_BENCH_KB").expect("KBMATCH_BENCH_KB names a folder of folders of articles");
    let (mut total, mut bare) = (0, 0);
    for folder in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let source = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy();
            let format = sniff(&source, &path.to_string_lossy());
            let source = if format == SourceFormat::Markdown { without_site_markup(&source) } else { source.into() };
            let parsed = parse(&source, format, &name);
            let parsed = parsed.unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
            assert!(parsed.markdown == source || format != SourceFormat::Markdown);
            let article = parsed.article;
            total += 1;
            bare += usize::from(article.signatures.is_empty());
            println!("== {} | {} | warnings {:?}", article.id, article.title, parsed.warnings);
            println!(
                "   {} {} {} {}",
                article.overview.len(),
                article.cause.len(),
                article.solution.len(),
                article.other_sections.len()
            );
            for signature in &article.signatures {
                println!("   - {}", shown(&signature.condition));
            }
        }
    }
    println!("{total} articles, {bare} without a signature");
    assert!(total > 0);
}

#[test]
fn the_message_of_a_pasted_json_error_is_literal_and_its_configuration_gives_nothing() {
    let seed = include_str!("../../../tests/data/articles/vendor/passkey-progressive-enrollment.txt");
    let parsed = parse(seed, SourceFormat::PlainText, "passkey-progressive-enrollment").unwrap();
    let article = parsed.article;
    assert_eq!(article.id.as_str(), "passkey-progressive-enrollment");
    assert_eq!(article.title, "Passkey Progressive Enrollment Fails with \"Something went wrong...\" Error");
    assert_eq!(article.applies_to, ["Passkey Enrollment"]);
    assert!(article.cause.starts_with("This issue may be due to the connection"));
    assert!(article.cause.contains("\"signup\": {\n          \"status\": \"inactive\""));
    assert!(article.solution.starts_with("The connection configuration must allow signup"));
    let sources: Vec<_> = article.signatures.iter().map(|signature| shown(&signature.condition)).collect();
    assert_eq!(
        sources,
        ["Failed to execute 'create' on 'CredentialsContainer': Failed to read the 'publicKey' property from \
          'CredentialCreationOptions': Failed to read the 'user' property from 'PublicKeyCredentialCreationOptions': \
          Failed to read the 'name' property from 'PublicKeyCredentialEntity': Required member is undefined"]
    );
}

#[test]
fn samples_and_placeholders_of_a_documented_message_become_wildcards() {
    for (message, template) in [
        ("> cannot write to file 'filename' [: reason]", "cannot write to file"),
        ("> error loading dll '*dll*': incompatible version", "error loading dll {{dll}}: incompatible version"),
        ("> Package 'PackageA' 4.0.11 is not compatible", "Package {{packagea}} is not compatible"),
        (
            "> Unable to find '/a/b/c.dll' on <HOST>. Build first.",
            "Unable to find {{value}} on {{value_2}}. Build first",
        ),
        ("Shows `No provider for ${service} in this injector`.", "No provider for {{service}} in this injector"),
        (
            "\"Connection to `{database_host}` failed with an error\"",
            "Connection to {{database_host}} failed with an error",
        ),
        ("```\nERROR: prepared statement \"XXX\" already exists\n```", "prepared statement {{xxx}} already exists"),
        ("It says **Cannot mount volume %volume_name% twice**.", "Cannot mount volume {{volume_name}} twice"),
        ("> namespace $NAMESPACE is missing\\_from the list", "namespace {{namespace}} is missing_from the list"),
    ] {
        let found = derived(&format!("# T\n\n{message}\n\n## Solution\n\nx"), "t");
        assert!(found.iter().any(|source| source == template), "{message}: {found:?}");
    }
}

#[test]
fn quotes_around_a_title_and_the_anchor_behind_it_are_no_part_of_the_message() {
    for title in ["'The frame cannot be drawn'", "“The frame cannot be drawn”", "`The frame cannot be drawn`"] {
        assert_eq!(
            derived(&format!("# {title} {{#frame}}\n\n### {title} {{/*frame*/}}\n"), "t"),
            ["The frame cannot be drawn"]
        );
    }
    assert_eq!(derived("# 'draw' isn't known to 'frame'\n", "t"), ["'draw' isn't known to 'frame'"]);
}

#[test]
fn the_message_in_a_comment_counts_and_names_of_the_code_are_samples() {
    let code = "class Cat:\n    pass\n\nclass Dog:\n    def follow_me(self) -> None: ...\n\ndef run(animal: Cat | Dog):\n    animal.follow_me()  # Error: Item \"Cat\" of \"Cat | Dog\" has no attribute \"follow_me\";\n                        # use one of its own\n";
    assert_eq!(
        derived(&format!("# T\n\n```python\n{code}```\n"), "t"),
        ["Item \"{{cat}}\" of \"{{cat___dog}}\" has no attribute \"{{follow_me}}\"; use one of its own"]
    );
    let found = derived(
        "# T\n\n```rust\nlet x: Thing = 1;\nx.go(); // error[E0599]: no method `go` found for type `u9`\n```\n",
        "t",
    );
    assert!(found.contains(&"no method `{{go}}` found for type `u9`".to_owned()), "{found:?}");
    let found =
        derived("# T\n\n> 'Thing' and `Other` cannot be used\n\n```js\nclass Thing extends Other {}\n```\n", "t");
    assert_eq!(found, ["'{{thing}}' and Other cannot be used"]);
}

#[test]
fn one_statement_of_code_is_no_message() {
    for code in [
        "raise NotImplementedError('no: it cannot be')",
        "print('the request failed: not found')",
        "except RequestFailedError as error:",
        "assert response is not None, 'missing: body'",
        "throw new Error('cannot be read: null')",
        "client.fail_with_error('invalid: x (y)');",
        "elif status_error:",
        "raise UnknownThingError",
    ] {
        for text in
            [format!("# T\n\nSee `{code}`.\n"), format!("# T\n\n```\n{code}\n```\n"), format!("# T\n\n**{code}**\n")]
        {
            assert!(derived(&text, "t").is_empty(), "{text}: {:?}", derived(&text, "t"));
        }
    }
    let found = derived("# T\n\n`open(path) failed: no such file (2)`\n", "t");
    assert_eq!(found, ["open(path) failed: no such file (2)"]);
}

#[test]
fn code_of_a_language_that_a_page_names_is_no_output() {
    let rst = "T\n=\n\n.. code-block:: python\n\n   label = handle error that cannot be\n   the error that cannot be handled\n";
    let html = "<h1>T</h1><pre><code class=\"language-python\">the error that cannot be handled</code></pre>";
    let adoc = "= T\n\n[source,python]\n----\nthe error that cannot be handled\n----\n";
    for (source, format) in
        [(rst, SourceFormat::ReStructuredText), (html, SourceFormat::Html), (adoc, SourceFormat::AsciiDoc)]
    {
        assert!(parse(source, format, "t").unwrap().article.signatures.is_empty(), "{format:?}");
    }
}

#[test]
fn a_table_names_the_message_and_placeholders_of_printf_are_wildcards() {
    let table = "|Attribute|Value|\n|:---|:---|\n|Event ID|511|\n|Message Text|%ls: the row of size %d cannot be put into '%.\\*ls'. The limit is %I64d.|\n";
    let found = derived(&format!("# EXAMPLE_511\n\n{table}"), "example-511");
    assert_eq!(found[0], "the row of size {{value}} cannot be put into {{value_2}}. The limit is");
    let adoc = "= T\n\n|===\n|Code |Error message |Remedy\n\n|12 |the row cannot be put there |none\n|===\n";
    let article = parse(adoc, SourceFormat::AsciiDoc, "t").unwrap().article;
    let templates = article.signatures.iter().map(|signature| format!("{:?}", signature.condition));
    assert!(templates.collect::<String>().contains("the row cannot be put there"), "{:?}", article.signatures);
}

#[test]
fn a_label_introduces_a_message_whatever_it_looks_like() {
    for article in [
        "**Message emitted:**\n\n``Same lines in %r and %s files``\n\n*Used when lines cannot be told apart.*",
        "## Log message\n\nSame lines in %r and %s files.",
        "It stops with this message:\n\nSame lines in %r and %s files.\n\nThe same lines in both files are wrong.",
    ] {
        assert_eq!(
            derived(&format!("# T\n\n{article}\n"), "t"),
            ["Same lines in {{value}} and {{value_2}} files"],
            "{article}"
        );
    }
    assert!(
        derived("# T\n\nThere are two reasons for this message:\n\nThis happens when disks cannot be read.\n", "t")
            .is_empty()
    );
}

#[test]
fn what_is_called_an_error_counts_wherever_it_stands() {
    let article = "# 42X17\n\n## Summary\n\nError: in this drawer there is no such gadget. The gadget `{ <<name>> }` was not found.\n\n## Cause\n\nIt has another name.\n\n## Examples\n\n```error\n42X17: the rule is violated: no gadget x\n```\n\n```\nthe rule is violated: run this again\n```\n";
    let found = derived(article, "t");
    assert!(found.contains(&"code 42X17".to_owned()), "{found:?}");
    assert!(found.contains(&"in this drawer there is no such gadget".to_owned()), "{found:?}");
    assert!(
        found.contains(&"in this drawer there is no such gadget. The gadget {{value}} was not found".to_owned()),
        "{found:?}"
    );
    assert!(found.contains(&"the rule is violated: no gadget x".to_owned()), "{found:?}");
    assert!(!found.iter().any(|text| text.contains("run this")), "{found:?}");
}

#[test]
fn a_sentence_alone_in_a_block_of_output_is_a_message_without_a_word_for_it() {
    for article in [
        "```text\nHooks run inside the body of a component\n```",
        "```console\n$ run\nHooks run inside the body of a component\n```",
        "It ends with this error:\n\n```\nHooks run inside the body of a component\n```",
        "The log has the following message:\n\n> Hooks run inside the body of a component",
    ] {
        let found = derived(&format!("# T\n\n{article}\n"), "t");
        assert_eq!(found, ["Hooks run inside the body of a component"], "{article}");
    }
    for article in [
        "```\nHooks run inside the body of a component\n```",
        "```text\nHooks run inside the body\nAnd outside of it\n```",
        "```console\nnpm install first second third\n```",
        "```text\nNAME   STATE   OF   AGE\n```",
    ] {
        assert!(derived(&format!("# T\n\n{article}\n"), "t").is_empty(), "{article}");
    }
}

#[test]
fn numbers_that_count_are_wildcards_and_those_of_codes_are_not() {
    for (message, template) in [
        (
            "cannot write 4096 bytes, quota of 20 MB exceeded",
            "cannot write {{number}} bytes, quota of {{number_2}} MB exceeded",
        ),
        (
            "unexpected token at line 12, column 7 of input",
            "unexpected token at line {{number}}, column {{number_2}} of input",
        ),
        ("cannot bind port 8080: in use already", "cannot bind port {{number}}: in use already"),
        ("ORA-1555 rows are missing from the snapshot", "ORA-1555 rows are missing from the snapshot"),
        ("the server failed with status 500 today", "the server failed with status 500 today"),
        ("Exit code 137 means it was killed", "Exit code 137 means it was killed"),
    ] {
        let found = derived(&format!("# T\n\n```\n{message}\n```\n"), "t");
        assert!(found.iter().any(|source| source == template), "{message}: {found:?}");
    }
}

#[test]
fn a_sentence_wrapped_in_a_block_is_one_message() {
    let found = derived(
        "# T\n\n```\nThe volume cannot be mounted on this node, since it is\nstill in use elsewhere\nerror: detach it first of all\n```\n",
        "t",
    );
    assert_eq!(
        found,
        ["The volume cannot be mounted on this node, since it is still in use elsewhere", "detach it first of all"]
    );
}

#[test]
fn a_message_in_emphasis_may_be_long_after_its_label() {
    let message =
        "MountError: the function could not connect to the file system with the access point that it was given today";
    for article in [format!("**Error:** *{message}*"), format!("*Message: {message}*")] {
        let found = derived(&format!("# T\n\n{article}\n"), "t");
        assert!(found[0].ends_with("the access point that it was given today"), "{found:?}");
    }
    let stressed = "**The error is that nobody can know which of the two machines was the first to fail**";
    assert!(derived(&format!("# T\n\nMind: {stressed}\n"), "t").is_empty());
    let issue = "*You cannot see whether it failed when you invoke a function that has more than one alias*";
    assert!(derived(&format!("# T\n\n**Issue:** {issue}\n"), "t").is_empty());
}

#[test]
fn a_quotation_in_which_the_author_speaks_is_no_message() {
    let linked = "> This error was reported in [four issues](https://a.test/1) as `not found`";
    assert!(derived(&format!("# T\n\n{linked}\n"), "t").is_empty());
    for prose in ["This error was reported in four issues", "If it fails again, restart the node without its volume"] {
        assert!(derived(&format!("# T\n\n> {prose}\n"), "t").is_empty(), "{prose}");
        let announced = derived(&format!("# T\n\nIt prints this message:\n\n> {prose}\n"), "t");
        assert_eq!(announced, [prose]);
    }
    let with_code = derived("# T\n\n> This value of `size` is not valid for it\n", "t");
    assert_eq!(with_code, ["This value of size is not valid for it"]);
}

#[test]
fn names_that_the_software_prints_stay_literal() {
    let found =
        derived("# T\n\n> Cannot read the 'class' attribute of 'CredentialsContainer': 'publicKey' missing\n", "t");
    assert_eq!(found, ["Cannot read the 'class' attribute of 'CredentialsContainer': 'publicKey' missing"]);
}

#[test]
fn codes_come_from_title_and_id_or_when_they_are_the_only_one_of_their_kind() {
    assert_eq!(derived("# Tool error AB1605\n", "x")[0], "code AB1605");
    assert_eq!(derived("text\n", "rust-e0277"), ["code e0277"]);
    assert_eq!(derived("# Error 1016\n", "x"), ["code 1016 & error"]);
    assert_eq!(derived("# ClusterMembersDown\n", "x"), ["code ClusterMembersDown"]);
    let found = derived("# T\n\n`ORA-00942: table or view does not exist`\n", "x");
    assert!(found.contains(&"code ORA-00942".to_owned()), "{found:?}");
    assert!(derived("# T\n\nSee `EACCES` and `ENOENT`.\n", "x").is_empty());
    assert!(derived("# UTF-8, SHA256 and RFC2616 explained\n", "x").is_empty());
}

#[test]
fn nothing_comes_from_what_to_run_or_to_write() {
    let article = "# T\n\nRun `npm install --force` or `select * from missing where error is null`.\n\n\
                   ```sql\nselect error from failed;\n```\n\n```sh\n$ kubectl get pods | grep Error\n```\n\n\
                   ```js\nthrow new Error('it failed for no reason')\n```\n\n## Solution\n\n`The error that cannot be`\n";
    assert!(derived(article, "x").is_empty(), "{:?}", derived(article, "x"));
}

#[test]
fn what_any_program_says_is_no_signature() {
    for text in
        ["Something went wrong…", "An unexpected error has occurred. Please try again later.", "Internal server error"]
    {
        assert!(derived(&format!("# T\n\n> {text}\n"), "x").is_empty(), "{text}");
    }
}

#[test]
fn messages_declared_by_another_programs_front_matter_count() {
    let source =
        "---\ntitle = \"T\"\n[[errors]]\nmessage = \"permission denied for table queue_of_requests\"\n---\nx\n";
    assert_eq!(derived(source, "x"), ["permission denied for table queue_of_requests"]);
}

#[test]
fn written_signatures_leave_nothing_to_derive_and_many_messages_are_capped() {
    let many: Vec<_> = (0..100).map(|n| format!("> cannot open the volume number {n} of this very set")).collect();
    let many = many.join("\n\n");
    assert_eq!(derived(&many, "x").len(), MAX_DERIVED);
    let written = format!("---\nsignatures: [{{code: E1}}]\n---\n{many}");
    assert_eq!(parse(&written, SourceFormat::Markdown, "x").unwrap().article.signatures.len(), 1);
}

#[test]
fn lists_of_messages_are_read_without_their_names() {
    let markdown = "# name\n\nThis rule can produce messages such as:\n\n- `name[casing]` - All names should start with an \
                    uppercase letter.\n- `name[play]` - All plays should be named.\n\nSee these errors:\n\n- [Plays must \
                    never be empty here](play.md)\n";
    let derived = derived(markdown, "name");
    assert!(derived.contains(&"All names should start with an uppercase letter".to_owned()), "{derived:?}");
    assert!(!derived.iter().any(|text| text.contains("never be empty")), "{derived:?}");
}

#[test]
fn advice_gives_what_it_introduces_as_an_error_and_requests_give_nothing() {
    let markdown = "# Circuit breaker\n\n## Diagnose circuit breaker errors\n\nRun `cannot be this command`. The log has \
                    this error:\n\n```text\nData too large, data for http_request is larger than the limit\n```\n\n\
                    ```console\nPUT _cluster/settings\n{\"a.failed\": null}\n```\n";
    assert_eq!(derived(markdown, "breaker")[..1], ["Data too large, data for http_request is larger than the limit"]);
    let settings = "# Watermark exceeded\n\n```json\n\"watermark.not.high\": null,\n```\n";
    assert!(!derived(settings, "w").iter().any(|text| text.contains("null")), "{:?}", derived(settings, "w"));
}

#[test]
fn an_error_that_a_title_calls_by_name_is_a_code_and_a_product_is_none() {
    assert!(
        derived("# Troubleshoot PublicIPCountLimitReached error code\n", "a")
            .contains(&"code PublicIPCountLimitReached".to_owned())
    );
    assert!(!derived("# A JavaScript error in the console\n", "a").iter().any(|text| text.starts_with("code")));
    assert!(
        derived("# Error AADSTS7000222 - the provided client secret keys are expired\n", "a")
            .contains(&"code AADSTS7000222".to_owned())
    );
}

#[test]
fn a_template_has_no_tail_and_no_kind_beside_the_whole_message() {
    let derived = derived("# T\n\n> ReferenceError: Cannot access 'X' before initialization (V8-based)\n", "a");
    assert!(
        derived.iter().any(|text| text.starts_with("Cannot access") && text.ends_with("before initialization")),
        "{derived:?}"
    );
}
