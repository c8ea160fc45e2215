//! What `wufei decode jt808` prints: the order of the keys, units, exact decimals, and errors with their place.

use wire::jt808::describe;

const LOCATION: &str = "7E 02 00 00 26 12 34 56 78 90 12 00 7D 02 00 00 00 01 00 00 00 02 00 BA 7F 0E 07 E4 F1 1C \
     00 28 00 3C 00 00 18 10 15 10 10 10 01 04 00 00 00 64 02 02 00 7D 01 13 7E";

#[test]
fn a_location_on_one_line() {
    let expected = concat!(
        r#"{"message":"location","id":"0x0200","edition":"2013","terminal":"123456789012","serial":126,"#,
        r#""body_bytes":38,"time":"2018-10-15T10:10:10+08:00","latitude_deg":12.222222,"#,
        r#""longitude_deg":132.444444,"altitude_m":40,"speed_kmh":6.0,"heading_deg":0,"#,
        r#""alarms":["emergency"],"alarm_bits":"0x00000001","status":["fixed"],"load":"empty","#,
        r#""status_bits":"0x00000002","items":[{"id":"0x01","mileage_km":10.0},{"id":"0x02","fuel_l":12.5}]}"#,
    );
    assert_eq!(describe(LOCATION).to_string(), expected);
    // With or without blanks and delimiters, in either case.
    let bare: String = LOCATION.chars().filter(|c| !c.is_whitespace()).collect();
    for line in [&bare, &bare.to_lowercase(), &bare[2..], &bare[..bare.len() - 2], &bare[2..bare.len() - 2]] {
        assert_eq!(describe(line).to_string(), expected);
    }
}

#[test]
fn on_many_lines() {
    let shown = format!("{:#}", describe(LOCATION));
    assert!(shown.starts_with("{\n  \"message\": \"location\",\n  \"id\": \"0x0200\","), "{shown}");
    assert!(
        shown.ends_with("\n    {\n      \"id\": \"0x02\",\n      \"fuel_l\": 12.5\n    }\n  ]\n}"),
        "{shown}"
    );
    assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), describe(LOCATION).to_value());
}

#[test]
fn small_and_unknown_messages() {
    let cases = [
        (
            "7e000100050123456789017fff007b01c803bd7e",
            r#""reply_to_serial":123,"reply_to_id":"0x01c8","reply_to_message":"unknown","outcome":"unsupported""#,
        ),
        (
            "7e010240500100000000017299841738ffff2c706d59477a47756b4f384b345a356c70494f5467386471623365707259614842625853504c7464627947383d3132333435363738393031323334350000000000000000000000000000332e372e3135347e",
            r#""edition":"2019","protocol":1,"terminal":"00000000017299841738","serial":65535"#,
        ),
        ("7e030100010123456789017ffffff47e", r#""message":"event_report""#),
        ("7e030100010123456789017ffffff47e", r#""not_decoded":"no layout known","body_hex":"ff"}"#),
        (
            "7E0100002D013511221122000500000000373031303748422D52303347424400000000000000000000003233363631303402CBD5424136383630387E",
            r#""plate_colour":2,"plate":"苏BA6860"}"#,
        ),
    ];
    for (line, part) in cases {
        let shown = describe(line).to_string();
        assert!(shown.contains(part), "{part} not in {shown}");
    }
}

#[test]
fn errors_say_where_and_what_was_expected() {
    let cases = [
        ("", r#"{"error":{"code":"empty","reason":"no bytes"}}"#),
        ("7e 7e", r#"{"error":{"code":"empty","reason":"nothing between the delimiters"}}"#),
        (
            "7e 0g",
            r#"{"error":{"code":"not_hex","reason":"'g' is no hexadecimal digit","column":5,"expected":"digits 0-9 and a-f, blanks between them"}}"#,
        ),
        ("7e0", r#"{"error":{"code":"not_hex","reason":"an odd number of hexadecimal digits"}}"#),
        (
            "7e0002000004304832546500b7ca7e7e0002000004304832546500b7ca7e",
            r#"{"error":{"code":"not_one_frame","reason":"a delimiter (7e) inside: give one frame at a time"}}"#,
        ),
        (
            "7e0002000004304832546500b7cb7e",
            r#"{"error":{"code":"bad_checksum","reason":"the XOR over header and body is not the last byte","offset":12,"expected":"ca","found_hex":"cb"}}"#,
        ),
        (
            "7e00027d007e",
            r#"{"error":{"code":"bad_escape","reason":"7d is followed by neither 01 nor 02","escaped_offset":2,"expected":"7d 01 for 7d, 7d 02 for 7e"}}"#,
        ),
        (
            "7e00027e",
            r#"{"error":{"code":"frame_too_short","reason":"2 bytes are no frame","expected":"at least 13 bytes"}}"#,
        ),
        // Month 13; the header is shown before the error.
        (
            "7E 02 00 00 1C 01 38 12 34 56 78 00 01 00 00 00 00 00 00 00 00 01 E6 CC D0 07 2C 25 DF 00 00 00 00 00 00 24 13 01 08 30 15 1F 7E",
            r#"{"message":"location","id":"0x0200","edition":"2013","terminal":"013812345678","serial":1,"body_bytes":28,"error":{"code":"bad_time","reason":"2024-13-01 08:30:15 is no time","offset":34,"expected":"BCD YY-MM-DD-hh-mm-ss","found_hex":"241301083015"}}"#,
        ),
    ];
    for (line, expected) in cases {
        let described = describe(line);
        assert!(described.is_error());
        assert_eq!(described.to_string(), expected, "{line}");
    }
}
