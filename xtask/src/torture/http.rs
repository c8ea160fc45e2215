//! A small HTTP/1.1 client over one connection: enough for JSON, cookies and keys of repetition. It must never
//! retry by itself: what was acknowledged and what was not is the whole point here.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body as JSON, `Null` when it is none.
    pub body: Value,
    /// `Set-Cookie` values, without attributes.
    cookies: Vec<String>,
}

impl Answer {
    /// Whether the status is 2xx.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// One caller: an address, a connection and a cookie.
pub struct Http {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    cookie: String,
}

/// Extra headers of a request.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

impl Http {
    /// A caller without connection yet.
    pub fn new(port: u16) -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), stream: None, cookie: String::new() }
    }

    /// Forgets the connection, keeps the cookie.
    pub fn reset(&mut self) {
        self.stream = None;
    }

    /// Whether a session was begun.
    pub fn signed_in(&self) -> bool {
        !self.cookie.is_empty()
    }

    /// Forgets the session.
    pub fn forget(&mut self) {
        self.cookie.clear();
    }

    /// Sends a request and reads the answer. An error means that nobody knows whether it took effect.
    pub fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: Headers<'_>,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let result = self.exchange(method, path, headers, body);
        match &result {
            Ok(a) => {
                if let Some(c) = a.cookies.last() {
                    self.cookie.clone_from(c);
                }
            }
            Err(_) => self.stream = None,
        }
        result.map_err(|e| format!("{method} {path}: {e}"))
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: Headers<'_>,
        body: Option<&Value>,
    ) -> std::io::Result<Answer> {
        let text = body.map(ToString::to_string).unwrap_or_default();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\naccept: application/json\r\naccept-language: en\r\ncontent-length: {}\r\n",
            self.address,
            text.len()
        );
        if body.is_some() {
            head.push_str("content-type: application/json\r\n");
        }
        if !self.cookie.is_empty() {
            head.push_str(&format!("cookie: {}\r\n", self.cookie));
        }
        // The server takes unsafe requests from its own origin only.
        head.push_str(&format!("origin: http://{}\r\nsec-fetch-site: same-origin\r\n", self.address));
        for (k, v) in headers {
            head.push_str(&format!("{k}: {v}\r\n"));
        }
        head.push_str("\r\n");
        head.push_str(&text);
        let stream = match &mut self.stream {
            Some(s) => s,
            none => {
                let s = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
                s.set_nodelay(true)?;
                s.set_read_timeout(Some(Duration::from_secs(60)))?;
                none.insert(BufReader::new(s))
            }
        };
        stream.get_mut().write_all(head.as_bytes())?;
        read(stream)
    }
}

fn read(s: &mut impl BufRead) -> std::io::Result<Answer> {
    let bad = |m: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, m.to_owned());
    let mut line = String::new();
    if s.read_line(&mut line)? == 0 {
        return Err(bad("the server closed the connection"));
    }
    let status = line.split(' ').nth(1).and_then(|w| w.parse().ok()).ok_or_else(|| bad("no status line"))?;
    let (mut length, mut chunked, mut cookies) = (0usize, false, Vec::new());
    loop {
        line.clear();
        if s.read_line(&mut line)? == 0 {
            return Err(bad("the head ends early"));
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| bad("content-length"))?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "set-cookie" => cookies.extend(value.split(';').next().map(str::to_owned)),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            s.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(|_| bad("size of a chunk"))?;
            let start = body.len();
            body.resize(start + size, 0);
            s.read_exact(&mut body[start..])?;
            line.clear();
            s.read_line(&mut line)?;
            if size == 0 {
                break;
            }
        }
    } else if status != 204 && status != 304 {
        body.resize(length, 0);
        s.read_exact(&mut body)?;
    }
    Ok(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null), cookies })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_chunked_answers_are_read_one_after_the_other() {
        let raw = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nSet-Cookie: s=1; HttpOnly\r\n\r\n{\"a\":1}HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"b\r\n4\r\n\":2}\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
        let mut s = BufReader::new(&raw[..]);
        let a = read(&mut s).unwrap();
        assert_eq!(
            (a.status, a.body["a"].as_i64(), a.cookies.as_slice()),
            (200, Some(1), &["s=1".to_owned()][..])
        );
        let b = read(&mut s).unwrap();
        assert_eq!((b.status, b.body["b"].as_i64()), (201, Some(2)));
        assert_eq!(read(&mut s).unwrap().status, 204);
        assert!(read(&mut s).is_err());
    }
}
