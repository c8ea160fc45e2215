//! An area on the map as the registers keep it: whole micro-degrees and metres, because no floating-point number may
//! enter an event. It reads what people and map tools write (a circle, or a GeoJSON polygon) and draws nothing.

use geo::{Point, zone::Shape};
use serde_json::{Value, json};

/// Largest text of a shape, in bytes.
const MAX: usize = 64 * 1024;

/// A shape in its canonical form, `{"circle": {"lat_e6", "lon_e6", "radius_m"}}` or
/// `{"polygon": [[[lon_e6, lat_e6], …], …]}`. Takes either form, a GeoJSON polygon, or text that holds one of them.
///
/// # Errors
/// A word for what is wrong: `too_large`, `not_json`, `not_a_shape`, or what the geometry says.
pub fn canonical(given: &Value) -> Result<Value, String> {
    let parsed;
    let value = match given {
        Value::String(text) if text.len() > MAX => return Err("too_large".to_owned()),
        Value::String(text) => {
            parsed = serde_json::from_str(text).map_err(|_| "not_json".to_owned())?;
            &parsed
        }
        other => other,
    };
    if value.to_string().len() > MAX {
        return Err("too_large".to_owned());
    }
    Ok(write(&read(value)?))
}

/// The area of a canonical form or a GeoJSON polygon.
///
/// # Errors
/// As for [`canonical`].
pub fn read(value: &Value) -> Result<Shape, String> {
    if let Some(circle) = value.get("circle") {
        let whole = |key: &str| circle[key].as_i64().ok_or_else(|| "not_a_shape".to_owned());
        let centre = point(whole("lat_e6")?, whole("lon_e6")?)?;
        let radius = i32::try_from(whole("radius_m")?).map_err(|_| "not_a_shape".to_owned())?;
        return Shape::circle(centre, f64::from(radius)).map_err(|e| e.to_string());
    }
    if let Some(rings) = value.get("polygon") {
        let rings = rings.as_array().ok_or_else(|| "not_a_shape".to_owned())?;
        let mut out = Vec::with_capacity(rings.len());
        for ring in rings {
            let ring = ring.as_array().ok_or_else(|| "not_a_shape".to_owned())?;
            let points = ring.iter().map(|p| match (p[0].as_i64(), p[1].as_i64()) {
                (Some(lon), Some(lat)) => point(lat, lon),
                _ => Err("not_a_shape".to_owned()),
            });
            out.push(points.collect::<Result<Vec<_>, _>>()?);
        }
        return Shape::polygon(out).map_err(|e| e.to_string());
    }
    Shape::from_geojson(value).map_err(|e| e.to_string())
}

fn point(lat_e6: i64, lon_e6: i64) -> Result<Point, String> {
    let (Ok(lat), Ok(lon)) = (i32::try_from(lat_e6), i32::try_from(lon_e6)) else {
        return Err("not_a_shape".to_owned());
    };
    Point::from_e6(lat, lon).map_err(|e| e.to_string())
}

fn write(shape: &Shape) -> Value {
    match shape {
        Shape::Circle(c) => json!({"circle": {
            "lat_e6": c.centre().lat_e6(), "lon_e6": c.centre().lon_e6(), "radius_m": whole(c.radius_m()),
        }}),
        Shape::Polygon(p) => {
            let rings: Vec<Vec<[i32; 2]>> =
                p.rings().iter().map(|r| r.iter().map(|p| [p.lon_e6(), p.lat_e6()]).collect()).collect();
            json!({"polygon": rings})
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a radius is at most 50 km")]
fn whole(metres: f64) -> i64 {
    metres.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_whole_numbers() {
        let circle = json!({"circle": {"lat_e6": 31_912_500, "lon_e6": 120_281_500, "radius_m": 900}});
        assert_eq!(canonical(&circle).as_ref(), Ok(&circle));
        assert_eq!(canonical(&Value::String(circle.to_string())).as_ref(), Ok(&circle), "from a cell");
        let square = json!({"type": "Polygon", "coordinates": [[[120.1, 31.8], [120.2, 31.8], [120.2, 31.9], [120.1, 31.8]]]});
        let stored = canonical(&square).expect("a polygon");
        assert_eq!(stored["polygon"][0][0], json!([120_100_000, 31_800_000]));
        assert_eq!(canonical(&stored).as_ref(), Ok(&stored), "again");
    }

    #[test]
    fn what_is_no_area_is_refused() {
        for bad in [
            json!({"circle": {"lat_e6": 31_912_500, "lon_e6": 120_281_500, "radius_m": 0}}),
            json!({"circle": {"lat_e6": 131_912_500, "lon_e6": 120_281_500, "radius_m": 10}}),
            json!({"polygon": [[[1, 2], [3, 4]]]}),
            json!({"polygon": "x"}),
            json!({"type": "Point", "coordinates": [1, 2]}),
            json!("{"),
            json!(7),
            json!("x".repeat(MAX + 1)),
        ] {
            assert!(canonical(&bad).is_err(), "{bad}");
        }
    }
}
