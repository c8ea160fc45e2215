//! Rules about source text: length, opening paragraph, silenced lints, leftovers, texts for people.

use std::collections::BTreeMap;

use super::Finding;
use super::repo::{File, Repo};

/// Longest source file.
const MAX_LINES: usize = 600;

/// Sources of ours that a length is asked of.
fn is_source(f: &File) -> bool {
    f.is(&["rs", "vue", "ts", "mjs", "sql", "css"])
}

/// No source file is longer than 600 lines.
pub fn length(repo: &Repo) -> Vec<Finding> {
    let long = repo.files.iter().filter(|f| is_source(f)).map(|f| (f, f.text.lines().count()));
    long.filter(|(_, n)| *n > MAX_LINES)
        .map(|(f, n)| {
            Finding::new(&f.path, 0, format!("{n} lines: split it by use case (limit {MAX_LINES})"))
        })
        .collect()
}

/// Every Rust module that is not a test opens with `//!`.
pub fn module_doc(repo: &Repo) -> Vec<Finding> {
    let bare =
        repo.rust().filter(|(f, _)| !f.is_test && f.name() != "build.rs" && !f.text.starts_with("//!"));
    bare.map(|(f, _)| {
        Finding::new(&f.path, 1, "open with `//!`: what this module is for and what it must never do")
    })
    .collect()
}

/// Files that may hold `#[allow]`, and why.
const ALLOW_FILES: &[(&str, &str)] =
    &[("crates/db/src/testing/mod.rs", "inside a macro: whether the lint fires depends on the caller")];

/// `#[allow]` is not used.
pub fn no_allow(repo: &Repo) -> Vec<Finding> {
    let mut out = code_lines(repo, true, |code| {
        let squeezed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        (squeezed.contains("#[allow(") || squeezed.contains("#![allow(")).then_some(
            "use #[expect(lint, reason = \"…\")]: it speaks up when it is no longer needed".to_owned(),
        )
    });
    out.retain(|f| ALLOW_FILES.iter().all(|(p, _)| *p != f.path));
    out
}

/// No macro that stands for unwritten code, and no note that something is to be mended.
pub fn no_placeholders(repo: &Repo) -> Vec<Finding> {
    const MACROS: &[&str] = &["todo!", "unimplemented!", "dbg!"];
    let mut out = code_lines(repo, true, |code| {
        MACROS.iter().find(|m| holds_word(code, m)).map(|m| format!("`{m}` is not left in code"))
    });
    let notes = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("X", "XX")];
    for f in repo.files.iter().filter(|f| is_source(f)) {
        let texts: Vec<(usize, String)> = match &f.rust {
            Some(l) => l.comments.clone(),
            None => f.lines().map(|(n, l)| (n, l.to_owned())).collect(),
        };
        for (line, text) in texts {
            if let Some(note) = notes.iter().find(|n| holds_word(&text, n)) {
                out.push(Finding::new(&f.path, line, format!("`{note}`: do it, or open an issue")));
            }
        }
    }
    for f in repo.under("web/src/").filter(|f| f.is(&["ts", "vue"])) {
        for (line, text) in f.lines() {
            if text.trim_start().starts_with("debugger") || text.contains("console.log(") {
                out.push(Finding::new(&f.path, line, "debugging is not left in code"));
            }
        }
    }
    out
}

/// Whether `text` holds `word` with no letter directly before it, and none after a word that ends in a letter.
fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(i, _)| {
        let before = text[..i].chars().last();
        let after = text[i + word.len()..].chars().next();
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !letter(before) && (word.ends_with('!') || !letter(after))
    })
}

/// No test is switched off or runs alone.
pub fn no_skipped_tests(repo: &Repo) -> Vec<Finding> {
    let mut out = code_lines(repo, true, |code| {
        let squeezed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        (squeezed.contains("#[ignore") || squeezed.contains(",ignore)]"))
            .then_some("a test that is not run proves nothing: mend it or remove it".to_owned())
    });
    let marks: Vec<String> = ["it", "test", "describe"]
        .iter()
        .flat_map(|f| ["skip", "only", "todo", "fails"].map(|m| format!("{f}.{m}(")))
        .collect();
    for f in repo.under("web/").filter(|f| f.is(&["ts", "mjs"])) {
        for (line, text) in f.lines() {
            if marks.iter().any(|m| holds_word(&format!("{text}!"), m.trim_end_matches('(')))
                && marks.iter().any(|m| text.contains(m.as_str()))
            {
                out.push(Finding::new(
                    &f.path,
                    line,
                    "a test that is not run proves nothing: mend it or remove it",
                ));
            }
        }
    }
    out
}

/// Nothing of one machine is in the repository.
pub fn no_machine_paths(repo: &Repo) -> Vec<Finding> {
    let marks = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("C:", "\\"),
    ];
    let mut out = Vec::new();
    for f in repo.files.iter().filter(|f| f.path != "Cargo.lock") {
        for (line, text) in f.lines() {
            for m in marks {
                let absolute = |i: usize| {
                    text[..i].chars().last().is_none_or(|c| c.is_whitespace() || "\"'`(=:,<[".contains(c))
                };
                if text.match_indices(m).any(|(i, _)| absolute(i)) {
                    out.push(Finding::new(&f.path, line, format!("a path of one machine (`{m}…`)")));
                }
            }
        }
    }
    out
}

/// SQL has no clock and no chance: both come from the application, or a replay gives another result.
pub fn no_clock_in_sql(repo: &Repo) -> Vec<Finding> {
    const MARKS: &[&str] = &[
        "now()",
        "current_timestamp",
        "current_date",
        "localtimestamp",
        "random()",
        "gen_random_uuid",
        "randomblob",
        "strftime(",
        "date_trunc",
        "julianday(",
    ];
    let mut out = Vec::new();
    let mut judge = |path: &str, line: usize, text: &str| {
        let low = text.to_ascii_lowercase();
        if let Some(m) = MARKS.iter().find(|m| low.contains(*m)) {
            out.push(Finding::new(path, line, format!("`{m}` in SQL: pass the value as a parameter")));
        }
    };
    for (f, l) in repo.rust().filter(|(f, _)| !f.is_test && f.path.starts_with("crates/")) {
        for (line, s) in l.strings.iter().filter(|(n, _)| !l.is_test(*n)) {
            let low = s.to_ascii_lowercase();
            if ["select ", "insert ", "update ", "delete ", "create table"].iter().any(|k| low.contains(k)) {
                judge(&f.path, *line, s);
            }
        }
    }
    for f in repo.files.iter().filter(|f| f.is(&["sql"])) {
        for (line, text) in f.lines().filter(|(_, t)| !t.trim_start().starts_with("--")) {
            judge(&f.path, line, text);
        }
    }
    out
}

/// Files besides `project.rs` that write read tables, and why.
const PROJECTORS: &[(&str, &str)] =
    &[("crates/app/src/kit/audit.rs", "the projector of the audit log stands beside its events")];

/// Read tables, as the assembly of the contexts lists them, change in projectors only.
pub fn read_tables(repo: &Repo) -> Vec<Finding> {
    let Some(assembly) = repo.get("crates/app/src/assembly.rs").and_then(|f| f.rust.as_ref()) else {
        return Vec::new();
    };
    let calls = assembly.code.iter().enumerate().filter(|(_, c)| c.trim_start().starts_with("table(\"\""));
    let named = calls.filter_map(|(i, _)| assembly.strings.iter().find(|(line, _)| *line == i + 1));
    let tables: Vec<&str> = named.map(|(_, s)| s.as_str()).collect();
    let mut out = Vec::new();
    for (f, l) in repo.rust().filter(|(f, _)| !f.is_test && f.path.starts_with("crates/app/src/")) {
        let projector = f.name() == "project.rs" || f.path.contains("/project/");
        if projector || PROJECTORS.iter().any(|(p, _)| *p == f.path) {
            continue;
        }
        for (line, s) in l.strings.iter().filter(|(n, _)| !l.is_test(*n)) {
            let low = format!(
                "{} ",
                s.to_ascii_lowercase()
                    .replace("\\n", " ")
                    .replace('\\', " ")
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            );
            let hit = tables.iter().find(|t| {
                ["insert into", "update", "delete from"].iter().any(|verb| {
                    let mark = format!("{verb} {t}");
                    low.match_indices(&mark).any(|(i, _)| low[i + mark.len()..].starts_with([' ', '(']))
                })
            });
            if let Some(table) = hit {
                out.push(Finding::new(
                    &f.path,
                    *line,
                    format!("`{table}` is a read table: only a projector writes it, from an event"),
                ));
            }
        }
    }
    out
}

/// Migrations are named `NNNN_name.sql`, each number once in the whole project.
pub fn migrations(repo: &Repo) -> Vec<Finding> {
    let mut seen: BTreeMap<u32, String> = BTreeMap::new();
    let mut out = Vec::new();
    for f in repo.files.iter().filter(|f| f.path.contains("migrations/") && f.is(&["sql"])) {
        let number = f.name().split('_').next().filter(|n| n.len() == 4).and_then(|n| n.parse().ok());
        let Some(number) = number else {
            out.push(Finding::new(&f.path, 0, "name it NNNN_what.sql"));
            continue;
        };
        if let Some(other) = seen.insert(number, f.path.clone()) {
            out.push(Finding::new(&f.path, 0, format!("number {number} is taken by {other}")));
        }
    }
    out
}

/// Files or folders whose product code may hold Chinese literals, and why.
const CJK_FILES: &[(&str, &str)] = &[
    ("crates/domain/src/codes/plate.rs", "number plates begin with the character of a province"),
    ("crates/documents/src/pdf/texts.rs", "words in the documentation of fields, passed through a macro"),
    ("crates/app/src/registry/table/read.rs", "words that people type for yes and no"),
    ("crates/wufei/src/cli.rs", "the command line speaks both languages"),
    ("crates/wufei/src/commands/", "the command line speaks both languages"),
];

/// The product's own name is no text.
const NAME: &str = "无废";

/// Product code in Rust has no Chinese text.
pub fn no_cjk_in_rust(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut used = vec![false; CJK_FILES.len()];
    for (f, l) in repo.rust().filter(|(f, _)| !f.is_test && f.path.starts_with("crates/")) {
        let excepted =
            CJK_FILES.iter().position(|(p, _)| f.path == *p || p.ends_with('/') && f.path.starts_with(p));
        for (line, s) in l.strings.iter().filter(|(n, _)| !l.is_test(*n)) {
            if !s.replace(NAME, "").chars().any(is_cjk) {
                continue;
            }
            match excepted {
                Some(i) => used[i] = true,
                None => out.push(Finding::new(
                    &f.path,
                    *line,
                    format!(
                        "text in code: \"{}\" belongs into data/rules, data/texts or a code table",
                        short(s)
                    ),
                )),
            }
        }
        // A character literal counts as use, too.
        if let Some(i) = excepted {
            used[i] |= f.text.chars().any(is_cjk);
        }
    }
    let idle = CJK_FILES.iter().zip(used).filter(|(_, used)| !repo.files.is_empty() && !used);
    let listed = idle.filter(|((p, _), _)| repo.files.iter().any(|f| f.path.starts_with(p)));
    out.extend(listed.map(|((p, _), _)| {
        Finding::new(p, 0, "holds no Chinese text any more: take it off the list in xtask/src/tidy/source.rs")
    }));
    out
}

/// Whether a character is an ideograph; punctuation alone is no text.
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// The beginning of a text.
pub fn short(s: &str) -> String {
    s.chars().take(40).collect()
}

/// Runs `judge` over every line of Rust code, tests included or not.
fn code_lines(repo: &Repo, tests_too: bool, judge: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let mut out = Vec::new();
    for (f, l) in repo.rust().filter(|(f, _)| tests_too || !f.is_test) {
        for (i, code) in l.code.iter().enumerate() {
            if let Some(message) = judge(code) {
                out.push(Finding::new(&f.path, i + 1, message));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(f: Vec<Finding>) -> Vec<(String, usize)> {
        f.into_iter().map(|f| (f.path, f.line)).collect()
    }
    fn one(path: &str, text: &str) -> Repo {
        Repo::of(&[(path, text)])
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(length(&one("web/src/a.vue", &"x\n".repeat(601))).len(), 1);
        assert!(length(&one("web/src/a.vue", &"x\n".repeat(600))).is_empty());
        assert!(length(&one("data/a.json", &"x\n".repeat(601))).is_empty());
    }

    #[test]
    fn a_module_without_opening_is_found() {
        assert_eq!(module_doc(&one("crates/a/src/b.rs", "use x;")).len(), 1);
        assert!(module_doc(&one("crates/a/src/b.rs", "//! x\nuse x;")).is_empty());
    }

    #[test]
    fn a_silenced_lint_is_found_and_a_mention_is_not() {
        let bad = one(
            "crates/a/src/b.rs",
            "//! x\n#[allow(dead_code)]\n#![allow (x)]\nlet s = \"#[allow(x)]\"; // #[allow(y)]",
        );
        assert_eq!(at(no_allow(&bad)).iter().map(|x| x.1).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn leftovers_are_found() {
        let note = concat!("// FIX", "ME later");
        let bad = Repo::of(&[
            (
                "crates/a/src/b.rs",
                &format!("fn f() {{ todo!() }}\n{note}\nlet x = \"todo!\";\nfn mydbg!() {{}}\ndbg!(x);"),
            ),
            ("web/src/a.ts", "console.log(1)\n  debugger\n"),
        ]);
        assert_eq!(no_placeholders(&bad).len(), 5);
    }

    #[test]
    fn a_test_switched_off_is_found() {
        let bad = Repo::of(&[
            ("crates/a/src/b.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}"),
            ("web/tests/a.test.ts", "it.skip('x')\nit('y')\ndescribe.only('z')\nsplit.skip(1)"),
        ]);
        assert_eq!(at(no_skipped_tests(&bad)).len(), 3);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        let path = concat!("\"/ro", "ot/x\"");
        assert_eq!(no_machine_paths(&one("docs/a.md", path)).len(), 1);
        assert!(no_machine_paths(&one("docs/a.md", "see web/src/work/ and net/work/x")).is_empty());
    }

    #[test]
    fn a_clock_in_sql_is_found() {
        let bad = Repo::of(&[
            ("crates/a/src/b.rs", "let s = \"select now()\";\nlet t = \"now() in a sentence\";"),
            ("crates/db/migrations/0001_a.sql", "-- now()\ncreate table a (at bigint default now());"),
        ]);
        assert_eq!(no_clock_in_sql(&bad).len(), 2);
    }

    #[test]
    fn a_read_table_written_outside_a_projector_is_found() {
        let sql = "let s = \"update  site\\n set x = 1\"; let t = \"insert into site_job (a) values (1)\";";
        let bad = Repo::of(&[
            ("crates/app/src/assembly.rs", "const T: &[X] = &[\n    table(\"site\", &[\"id\"]),\n];"),
            ("crates/app/src/registry/store.rs", sql),
            ("crates/app/src/registry/project.rs", sql),
        ]);
        assert_eq!(at(read_tables(&bad)), [("crates/app/src/registry/store.rs".to_owned(), 1)]);
    }

    #[test]
    fn a_number_used_twice_is_found() {
        let bad = Repo::of(&[
            ("crates/db/migrations/0001_a.sql", ""),
            ("crates/app/migrations/0001_b.sql", ""),
            ("crates/app/migrations/x.sql", ""),
        ]);
        assert_eq!(migrations(&bad).len(), 2);
    }

    #[test]
    fn chinese_text_in_product_code_is_found() {
        let bad = one(
            "crates/a/src/b.rs",
            "//! 文档可以\nlet a = \"不可以\"; // 可以\n#[cfg(test)]\nmod tests { const X: &str = \"可以\"; }",
        );
        assert_eq!(at(no_cjk_in_rust(&bad)), [("crates/a/src/b.rs".to_owned(), 2)]);
    }
}
