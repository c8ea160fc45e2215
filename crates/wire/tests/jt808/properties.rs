//! What must hold for every message and every stream.

use proptest::collection::vec;
use proptest::prelude::*;
use wire::jt808::{
    Assembler, Body, Deframer, DeframerStats, FrameError, Header, Joined, Limits, Location, decode, describe,
    encode, split,
};

use crate::strategies::{location, message, part};
use crate::{deframed, escaped, unescaped};

type Seen = (Vec<Result<Vec<u8>, FrameError>>, DeframerStats);

/// What a deframer sees when the stream comes in these pieces.
fn in_pieces(stream: &[u8], cuts: &[usize]) -> Seen {
    let mut deframer = Deframer::new();
    let mut out = Vec::new();
    let mut rest = stream;
    for cut in cuts {
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        deframer.push(piece, &mut |f| out.push(f.map(<[u8]>::to_vec)));
        rest = after;
    }
    deframer.push(rest, &mut |f| out.push(f.map(<[u8]>::to_vec)));
    (out, deframer.stats())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_decodes_to_itself((header, body) in message()) {
        let frames = split(&header, &body).expect("fits");
        if let [frame] = &frames[..] {
            let plain = unescaped(frame);
            prop_assert_eq!(decode(&plain), Ok((header, body.clone())));
            prop_assert_eq!(encode(&header, &body), Ok(frame.clone()));
            prop_assert_eq!(escaped(&plain), frame.clone());
            let line: String = frame.iter().map(|b| format!("{b:02x} ")).collect();
            let failed = describe(&line).is_error();
            prop_assert!(!failed);
        }
        // In parts, whatever its length: the joined body is the message again.
        let mut assembler = Assembler::new(Limits::default());
        let mut whole = None;
        for frame in frames.iter().rev() {
            let plain = unescaped(frame);
            let (header, raw) = Header::parse(&plain).expect("a header");
            match assembler.offer(&header, raw, 0) {
                Joined::Single => whole = Some((header, raw.to_vec())),
                Joined::Whole { header, body } => whole = Some((header, body)),
                other => prop_assert_eq!(matches!(other, Joined::Waiting { .. }), true),
            }
        }
        let (joined, raw) = whole.expect("all parts came");
        prop_assert_eq!(joined, header);
        prop_assert_eq!(Body::decode_joined(header.id, header.version, &raw), Ok(body));
    }

    #[test]
    fn parts_and_encrypted_bodies_stay_as_they_came(
        (header, _) in message(),
        part in part(),
        encryption in 1..8_u8,
        raw in vec(any::<u8>(), 0..1023),
    ) {
        for header in [Header { part: Some(part), ..header }, Header { encryption, ..header }] {
            let body = Body::Unknown { id: header.id, raw: raw.clone() };
            let frame = encode(&header, &body).expect("fits");
            prop_assert_eq!(decode(&unescaped(&frame)), Ok((header, body)));
        }
    }

    #[test]
    fn peek_sees_what_decode_sees(location in location()) {
        let mut body = Vec::new();
        location.write(&mut body).expect("fits");
        let core = Location::peek(&body).expect("a location");
        prop_assert_eq!(&core.to_location(), &location);
        let mut again = Location { extras: Vec::new(), ..location.clone() };
        for item in core.items() {
            again.add(&item.expect("an item")).expect("fits");
        }
        prop_assert_eq!(again, location, "typed items write the bytes they were read from");
    }

    #[test]
    fn chunking_changes_nothing(
        pieces in vec(prop_oneof![
            message().prop_map(|(h, b)| split(&h, &b).expect("fits").concat()),
            vec(any::<u8>(), 0..60),
            vec(prop::sample::select(vec![0x7e_u8, 0x7d, 0x01, 0x02, 0x00]), 0..40),
            Just(vec![0x7e; 1]),
            Just(vec![0; 1100]),
        ], 0..12),
        cuts in vec(0..80_usize, 0..60),
    ) {
        let stream = pieces.concat();
        let whole = in_pieces(&stream, &[]);
        prop_assert_eq!(&in_pieces(&stream, &cuts), &whole);
        prop_assert_eq!(&in_pieces(&stream, &vec![1; stream.len()]), &whole);
        prop_assert_eq!(whole.1.bytes, stream.len() as u64);
        prop_assert_eq!(whole.1.frames, whole.0.iter().filter(|f| f.is_ok()).count() as u64);
    }

    #[test]
    fn no_good_frame_is_lost_in_garbage(
        pieces in vec((message(), vec(any::<u8>(), 0..40), any::<bool>()), 1..10),
    ) {
        let mut stream = Vec::new();
        let mut good = Vec::new();
        for ((header, body), garbage, close) in pieces {
            for mut frame in split(&header, &body).expect("fits") {
                good.push(unescaped(&frame));
                if !close {
                    // The closing delimiter is lost; what follows at once is the next opening one.
                    frame.pop();
                    stream.extend(frame);
                    stream.push(0x7e);
                } else {
                    stream.extend(frame);
                }
            }
            stream.extend(garbage);
        }
        stream.push(0x7e);
        let mut found = deframed(&stream).into_iter().flatten();
        for frame in good {
            prop_assert!(found.any(|f| f == frame), "a frame was lost");
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..1100)) {
        let _ = deframed(&bytes);
        let _ = decode(&bytes);
        let _ = Location::peek(&bytes);
        let _ = wire::jt808::Batch::peek(&bytes).map(Iterator::count);
        for id in [0x0001, 0x0005, 0x0100, 0x0102, 0x0200, 0x0201, 0x0701, 0x0704, 0x8004, 0x8100, 0x8300] {
            for version in [wire::jt808::Version::V2013, crate::V2019] {
                let _ = Body::decode_joined(id, version, &bytes);
            }
        }
    }

    #[test]
    fn any_line_can_be_described(line in "\\PC{0,80}|[0-9a-f ]{0,80}") {
        let described = describe(&line);
        prop_assert!(described.to_value().is_object());
    }
}
