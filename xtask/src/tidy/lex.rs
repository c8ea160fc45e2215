//! Enough of Rust's lexical grammar to tell code, comments, strings and test regions apart. It must never
//! judge anything: rules do that.

/// A Rust file taken apart. Line numbers start at 1.
#[derive(Default)]
pub struct Lexed {
    /// The code with comments blanked and strings emptied; lines are where they were.
    pub code: Vec<String>,
    /// Contents of string literals, with the line they begin on.
    pub strings: Vec<(usize, String)>,
    /// Comments, with the line they begin on.
    pub comments: Vec<(usize, String)>,
    /// Line ranges (inclusive) of items under `#[cfg(test)]`.
    tests: Vec<(usize, usize)>,
    /// Names of modules declared as `#[cfg(test)] mod name;`.
    pub test_modules: Vec<String>,
}

impl Lexed {
    /// Whether a line belongs to a test region.
    pub fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|(from, to)| (*from..=*to).contains(&line))
    }

    /// Lines of code outside test regions, numbered.
    pub fn product_code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.iter().enumerate().map(|(i, l)| (i + 1, l.as_str())).filter(|(n, _)| !self.is_test(*n))
    }
}

/// Takes a file apart.
pub fn lex(text: &str) -> Lexed {
    let b = text.as_bytes();
    let mut out = Lexed::default();
    let mut code = String::with_capacity(text.len());
    let (mut i, mut line) = (0, 1);
    while i < b.len() {
        let rest = &text[i..];
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_end(rest)
        } else {
            0
        };
        if end > 0 {
            out.comments.push((line, rest[..end].to_owned()));
            line += blank(&rest[..end], &mut code);
            i += end;
            continue;
        }
        if let Some((open, close, len)) = string_at(text, i) {
            let content = &rest[open..close];
            out.strings.push((line, content.to_owned()));
            code.push_str("\"\"");
            line += blank(&rest[..len], &mut code);
            i += len;
            continue;
        }
        if b[i] == b'\'' {
            let len = char_len(rest);
            if len > 0 {
                code.push_str("' '");
                i += len;
                continue;
            }
        }
        let Some(c) = rest.chars().next() else { break };
        if c == '\n' {
            line += 1;
        }
        code.push(c);
        i += c.len_utf8();
    }
    out.code = code.split('\n').map(str::to_owned).collect();
    find_tests(&code, &mut out);
    out
}

/// Adds the newlines of `skipped` to the code and gives their number.
fn blank(skipped: &str, code: &mut String) -> usize {
    let n = skipped.matches('\n').count();
    code.extend(std::iter::repeat_n('\n', n));
    n
}

fn block_end(rest: &str) -> usize {
    let (mut depth, mut i) = (0usize, 0);
    let b = rest.as_bytes();
    while i + 1 < b.len() {
        match &b[i..i + 2] {
            b"/*" => (depth, i) = (depth + 1, i + 2),
            b"*/" => {
                (depth, i) = (depth - 1, i + 2);
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    rest.len()
}

/// A string literal at `i`: (content from, content to, whole length), all relative to `i`.
fn string_at(text: &str, i: usize) -> Option<(usize, usize, usize)> {
    let b = text.as_bytes();
    let before = if i == 0 { b' ' } else { b[i - 1] };
    let mut j = i;
    // Prefixes b, c, r, br, cr belong to a literal only when no identifier runs into them.
    if matches!(b[i], b'b' | b'c' | b'r') {
        if before.is_ascii_alphanumeric() || before == b'_' {
            return None;
        }
        if matches!(b[i], b'b' | b'c') {
            j += 1;
        }
    }
    let raw = b.get(j) == Some(&b'r');
    if raw {
        let hashes = b[j + 1..].iter().take_while(|c| **c == b'#').count();
        let open = j + 1 + hashes;
        if b.get(open) != Some(&b'"') {
            return None;
        }
        let closing = format!("\"{}", "#".repeat(hashes));
        let len = text[open + 1..].find(&closing)?;
        return Some((open + 1 - i, open + 1 + len - i, open + 1 + len + closing.len() - i));
    }
    if b.get(j) != Some(&b'"') {
        return None;
    }
    let mut k = j + 1;
    while k < b.len() && b[k] != b'"' {
        k += if b[k] == b'\\' { 2 } else { 1 };
    }
    let k = k.min(b.len());
    Some((j + 1 - i, k - i, (k + 1).min(b.len()) - i))
}

/// Length of a character literal at the start, 0 for a lifetime.
fn char_len(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(0, |(n, _)| n + 3)
        }
        Some((_, _)) => match chars.next() {
            Some((n, '\'')) => n + 1,
            _ => 0,
        },
        None => 0,
    }
}

/// Finds items under `#[cfg(test)]`: to the end of their braces, or the name of an outside module.
fn find_tests(code: &str, out: &mut Lexed) {
    const MARK: &str = "#[cfg(test)]";
    let mut from = 0;
    while let Some(at) = code[from..].find(MARK).map(|n| n + from) {
        let body = at + MARK.len();
        let stop = code[body..].find(['{', ';']).map_or(code.len(), |n| n + body);
        let end = if code[stop..].starts_with('{') { stop + braces(&code[stop..]) } else { stop };
        let head = code[body..stop].trim();
        if let Some(name) = head.rsplit_once("mod ").map(|(_, n)| n.trim())
            && code[stop..].starts_with(';')
        {
            out.test_modules.push(name.to_owned());
        }
        let line = |n: usize| code[..n.min(code.len())].matches('\n').count() + 1;
        out.tests.push((line(at), line(end)));
        from = end.max(body);
    }
}

/// Length of a braced block at the start.
fn braces(s: &str) -> usize {
    let mut depth = 0usize;
    for (i, c) in s.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return i + 1;
                }
            }
            _ => {}
        }
    }
    s.len()
}

/// The text of a TypeScript, JavaScript, CSS or Vue file with its comments blanked; lines are where they were.
pub fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < text.len() {
        let rest = &text[i..];
        let after_space = out
            .chars()
            .last()
            .is_none_or(|c| c.is_whitespace() || matches!(c, ';' | ',' | '{' | '(' | ')' | '}'));
        let end = if rest.starts_with("<!--") {
            rest.find("-->").map(|n| n + 3)
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|n| n + 2)
        } else if rest.starts_with("//") && after_space {
            Some(rest.find('\n').unwrap_or(rest.len()))
        } else {
            None
        };
        if let Some(end) = end {
            blank(&rest[..end], &mut out);
            i += end;
            continue;
        }
        let Some(c) = rest.chars().next() else { break };
        out.push(c);
        i += c.len_utf8();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_comments_and_code_come_apart() {
        let l = lex(
            "let a = \"x // y\"; // why\nlet r = r#\"raw \" one\"#; /* a /* b */ c */ let c = '\\''; let d = '\"';\nfn f<'a>(x: &'a str) {}",
        );
        let strings: Vec<_> = l.strings.iter().map(|(n, s)| (*n, s.as_str())).collect();
        assert_eq!(strings, [(1, "x // y"), (2, "raw \" one")]);
        assert_eq!(l.comments.len(), 2);
        assert!(!l.code[0].contains("why") && l.code[2].contains("<'a>"), "{:?}", l.code);
    }

    #[test]
    fn a_string_over_lines_keeps_the_count() {
        let l = lex("let a = \"one\ntwo\";\nlet b = \"three\";");
        assert_eq!(l.strings[1], (3, "three".to_owned()));
        assert_eq!(l.code.len(), 3);
    }

    #[test]
    fn test_regions_are_found() {
        let l = lex(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { if x { y } }\n}\nfn c() {}\n#[cfg(test)]\nmod more;\n",
        );
        assert!(!l.is_test(1) && l.is_test(2) && l.is_test(5) && !l.is_test(6));
        assert_eq!(l.test_modules, ["more"]);
    }

    #[test]
    fn comments_of_the_front_end_are_blanked() {
        let s = without_comments("const a = 'http://x' // 中\n/* 文 */\n<!-- 字 -->\nb");
        assert!(s.contains("http://x") && !s.contains('中') && !s.contains('文') && !s.contains('字'));
        assert_eq!(s.matches('\n').count(), 3);
    }
}
