//! Zones from GeoJSON (RFC 7946) and back. It reads areas only and takes their coordinates for WGS-84, as the
//! format demands; converting another datum is the business of whoever knows the source.

use serde_json::{Value, json};

use crate::point::Point;
use crate::zone::{Shape, ShapeError};

/// Corners of a disc drawn as an area.
const CORNERS: u32 = 72;

impl Shape {
    /// An area from a text of GeoJSON: `Polygon`, `MultiPolygon`, a `Feature` of one, or a collection with one
    /// feature.
    ///
    /// # Errors
    /// What is no such text, or no area.
    pub fn from_geojson_str(text: &str) -> Result<Self, ShapeError> {
        let value = serde_json::from_str(text).map_err(|_| ShapeError::NotGeoJson("not JSON"))?;
        Self::from_geojson(&value)
    }

    /// An area from a value of GeoJSON, as [`Shape::from_geojson_str`].
    ///
    /// # Errors
    /// The same.
    pub fn from_geojson(value: &Value) -> Result<Self, ShapeError> {
        let mut geometry = value;
        if kind(geometry) == Some("FeatureCollection") {
            match geometry.get("features").and_then(Value::as_array).map(Vec::as_slice) {
                Some([only]) => geometry = only,
                _ => return Err(ShapeError::NotGeoJson("a collection without exactly one feature")),
            }
        }
        if kind(geometry) == Some("Feature") {
            geometry =
                geometry.get("geometry").ok_or(ShapeError::NotGeoJson("a feature without geometry"))?;
        }
        let coordinates = geometry.get("coordinates").ok_or(ShapeError::NotGeoJson("no coordinates"))?;
        let mut rings = Vec::new();
        match kind(geometry) {
            Some("Polygon") => read_part(coordinates, &mut rings)?,
            Some("MultiPolygon") => {
                for part in list(coordinates)? {
                    read_part(part, &mut rings)?;
                }
            }
            _ => return Err(ShapeError::NotGeoJson("neither Polygon nor MultiPolygon")),
        }
        Self::polygon(rings)
    }

    /// The outlines as parts of GeoJSON: each an outline, anticlockwise, followed by its holes, clockwise. A disc
    /// is drawn with 72 corners.
    pub fn parts(&self) -> Vec<Vec<Vec<Point>>> {
        match self {
            Self::Circle(c) => {
                let corner = |i: u32| {
                    let bearing = -360.0 * f64::from(i % CORNERS) / f64::from(CORNERS);
                    c.centre().destination(bearing, c.radius_m())
                };
                vec![vec![(0..=CORNERS).map(corner).collect()]]
            }
            Self::Polygon(p) => p.parts(),
        }
    }

    /// The zone as a geometry of GeoJSON; a disc becomes an area, see [`Shape::parts`].
    pub fn to_geojson(&self) -> Value {
        match self.parts().as_slice() {
            [only] => json!({"type": "Polygon", "coordinates": only}),
            parts => json!({"type": "MultiPolygon", "coordinates": parts}),
        }
    }
}

fn kind(value: &Value) -> Option<&str> {
    value.get("type").and_then(Value::as_str)
}

fn list(value: &Value) -> Result<&[Value], ShapeError> {
    value.as_array().map(Vec::as_slice).ok_or(ShapeError::NotGeoJson("coordinates that are no list"))
}

fn read_part(part: &Value, rings: &mut Vec<Vec<Point>>) -> Result<(), ShapeError> {
    for ring in list(part)? {
        rings.push(list(ring)?.iter().map(read_position).collect::<Result<_, _>>()?);
    }
    Ok(())
}

fn read_position(position: &Value) -> Result<Point, ShapeError> {
    let number = |i: usize| {
        let value = position.get(i).and_then(Value::as_f64);
        value.ok_or(ShapeError::NotGeoJson("a position that is not two numbers"))
    };
    Ok(Point::from_degrees(number(1)?, number(0)?)?)
}
