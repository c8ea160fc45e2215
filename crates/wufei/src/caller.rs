//! A caller of the HTTP interface: one connection, one session, JSON. For processes of the demonstration that act as
//! people do; it knows no more than a browser and never repeats a request by itself.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest body that is read.
const MOST: usize = 16 << 20;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Body; null when it is no JSON.
    pub body: Value,
    cookie: Option<String>,
}

/// Somebody who calls.
pub struct Caller {
    address: SocketAddr,
    login: String,
    password: String,
    stream: Option<BufReader<TcpStream>>,
    cookie: String,
}

impl Caller {
    /// A caller who signs in with the first request.
    pub const fn new(address: SocketAddr, login: String, password: String) -> Self {
        Self { address, login, password, stream: None, cookie: String::new() }
    }

    /// Sends a request, signed in; the session is begun again when it has ended.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> std::io::Result<Answer> {
        for _ in 0..2 {
            if self.cookie.is_empty() {
                let who = json!({"login": self.login, "password": self.password});
                let answer = self.send("POST", "/api/session", &[], Some(&who))?;
                match answer.cookie {
                    Some(cookie) if answer.status < 300 => self.cookie = cookie,
                    _ => return Ok(Answer { cookie: None, ..answer }),
                }
            }
            let answer = self.send(method, path, headers, body)?;
            if answer.status != 401 {
                return Ok(answer);
            }
            self.cookie.clear();
        }
        Err(Error::new(ErrorKind::PermissionDenied, "the session ends at once"))
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> std::io::Result<Answer> {
        // A connection that has rested may have been closed at the other end.
        let rested = self.stream.is_some();
        let answer = self.exchange(method, path, headers, body);
        if answer.is_err() {
            self.stream = None;
            if rested && method == "GET" {
                return self.exchange(method, path, headers, body);
            }
        }
        answer
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> std::io::Result<Answer> {
        let text = body.map(Value::to_string).unwrap_or_default();
        let address = self.address;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nsec-fetch-site: same-origin\r\n\
             accept: application/json\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            text.len()
        );
        if !self.cookie.is_empty() {
            head.push_str(&format!("cookie: {}\r\n", self.cookie));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.push_str(&text);
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                none.insert(BufReader::new(stream))
            }
        };
        stream.get_mut().write_all(head.as_bytes())?;
        read(stream)
    }
}

fn read(stream: &mut impl BufRead) -> std::io::Result<Answer> {
    let bad = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(Error::new(ErrorKind::UnexpectedEof, "the server closed the connection"));
    }
    let status = line.split(' ').nth(1).and_then(|w| w.parse().ok()).ok_or_else(|| bad("no status line"))?;
    let (mut length, mut chunked, mut cookie) = (0_usize, false, None);
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(bad("the head ends early"));
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| bad("content-length"))?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "set-cookie" => cookie = value.split(';').next().map(str::to_owned),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(|_| bad("size of a chunk"))?;
            take(stream, size, &mut body)?;
            line.clear();
            stream.read_line(&mut line)?;
            if size == 0 {
                break;
            }
        }
    } else if status != 204 && status != 304 {
        take(stream, length, &mut body)?;
    }
    Ok(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null), cookie })
}

fn take(stream: &mut impl BufRead, size: usize, body: &mut Vec<u8>) -> std::io::Result<()> {
    if body.len().saturating_add(size) > MOST {
        return Err(Error::new(ErrorKind::InvalidData, "the answer is too long"));
    }
    let wanted = u64::try_from(size).unwrap_or(u64::MAX);
    if u64::try_from(stream.take(wanted).read_to_end(body)?).ok() != Some(wanted) {
        return Err(Error::new(ErrorKind::UnexpectedEof, "the body ends early"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::read;

    #[test]
    fn plain_and_chunked_answers_are_read_one_after_the_other() {
        let raw = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nSet-Cookie: s=1; HttpOnly\r\n\r\n{\"a\":1}\
            HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"b\r\n4\r\n\":2}\r\n0\r\n\r\n";
        let mut stream = BufReader::new(&raw[..]);
        let first = read(&mut stream).expect("first");
        assert_eq!((first.status, first.body["a"].as_i64()), (200, Some(1)));
        assert_eq!(first.cookie.as_deref(), Some("s=1"));
        let second = read(&mut stream).expect("second");
        assert_eq!((second.status, second.body["b"].as_i64()), (201, Some(2)));
        assert!(read(&mut stream).is_err());
    }
}
