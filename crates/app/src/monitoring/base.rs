//! The base of the map, from the city profile: outline, schematic town cells, a schematic road network. Made once a
//! house; everything in it says that it is a sketch, until a city brings its own layers.

use std::sync::Arc;

use geo::roads::{RoadGraph, synthetic};
use geo::zone::Shape;
use geo::{Point, voronoi};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::fleet::FleetCell;
use crate::kit::{Kit, Problem, data, hex};
use crate::registry::profile::profile;

/// The base of the map. Everything is GeoJSON in WGS-84 degrees.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MapBase {
    /// Text that must stand on the map: `schematic`.
    pub note_id: &'static str,
    /// Outline of the city.
    #[schema(value_type = Object)]
    pub boundary: Value,
    /// Town cells with code and names.
    #[schema(value_type = Object)]
    pub towns: Value,
    /// Roads with class.
    #[schema(value_type = Object)]
    pub roads: Value,
}

/// The base, its text and the road graph, as parts of the house.
pub struct Base {
    /// The answer of the API, written once.
    pub json: String,
    /// Name of this content.
    pub etag: String,
    /// Outline.
    pub boundary: Shape,
    /// Roads.
    pub roads: RoadGraph,
}

#[derive(Deserialize)]
struct Seats {
    points: Vec<Seat>,
}

#[derive(Deserialize)]
struct Seat {
    code: String,
    longitude: f64,
    latitude: f64,
}

/// The house's base; `None` when the profile has no outline.
pub fn base(kit: &Kit) -> Option<Arc<Base>> {
    let made = kit.parts.get_or(|| make(kit).map(Arc::new));
    (*made).clone()
}

fn make(kit: &Kit) -> Option<Base> {
    let key = &kit.settings.profile;
    let read = |name: &str| -> Option<Value> {
        serde_json::from_slice(&data::file(&format!("cities/{key}/{name}"))?).ok()
    };
    let outline = read("boundary.geojson")?;
    let boundary = Shape::from_geojson(&outline).ok()?;
    let seats: Seats = serde_json::from_value(read("town_points.json")?).ok()?;
    let seats: Vec<(String, Point)> = seats
        .points
        .into_iter()
        .filter_map(|s| Point::from_degrees(s.latitude, s.longitude).ok().map(|p| (s.code, p)))
        .collect();
    let places: Vec<Point> = seats.iter().map(|s| s.1).collect();
    let roads = synthetic(&boundary, &places, kit.settings.live.road_seed);
    let towns = towns(kit, &boundary, &seats);
    let answer =
        MapBase { note_id: "schematic", boundary: boundary.to_geojson(), towns, roads: roads.to_geojson() };
    let json = serde_json::to_string(&answer).ok()?;
    let etag = hex(&<sha2::Sha256 as sha2::Digest>::digest(json.as_bytes()))[..16].to_owned();
    Some(Base { json, etag, boundary, roads })
}

/// Town cells with the names of the profile's divisions.
fn towns(kit: &Kit, boundary: &Shape, seats: &[(String, Point)]) -> Value {
    let city = profile(&kit.settings.profile);
    let places: Vec<(&str, Point)> = seats.iter().map(|(code, p)| (code.as_str(), *p)).collect();
    let mut cells = voronoi::to_geojson(&voronoi::cells(boundary, &places));
    for feature in cells.get_mut("features").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(properties) = feature.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        let code = properties.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let town = city.as_ref().and_then(|c| {
            c.organisations.iter().find(|o| o.division_code == code && o.kinds.iter().any(|k| k == "town"))
        });
        properties.insert("code".to_owned(), code.into());
        if let Some(town) = town {
            let zh = if town.short_name.is_empty() { &town.name } else { &town.short_name };
            properties.insert("name".to_owned(), serde_json::json!({"zh-CN": zh, "en": town.name_en}));
        }
    }
    cells
}

/// A site on the map.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SitePlace {
    /// Site.
    pub id: String,
    /// Organisation.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// Name of the site.
    pub name: String,
    /// WGS-84 micro-degrees.
    pub lat_e6: i32,
    /// WGS-84 micro-degrees.
    pub lon_e6: i32,
    /// `generator`, `receiver`, `carrier`.
    pub roles: Vec<&'static str>,
}

/// A zone on the map.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ZonePlace {
    /// Zone.
    pub id: String,
    /// Name.
    pub name: String,
    /// `restricted`, `parking`, `other`.
    pub kind: String,
    /// A circle, or a polygon, as the register keeps it.
    #[schema(value_type = Object)]
    pub shape: Value,
}

/// Sites and zones.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Places {
    /// Sites with coordinates.
    pub sites: Vec<SitePlace>,
    /// Zones in force.
    pub zones: Vec<ZonePlace>,
}

/// Sites within reach, and the zones, which are public to everybody who looks on.
///
/// # Errors
/// 403 without the right to look on.
pub fn places(kit: &Kit, ctx: &crate::kit::OpContext) -> Result<Places, Problem> {
    use crate::kit::Reach;
    let reach = ctx.require(domain::access::Permission::LiveRead)?;
    let (fleet, now) = (kit.parts.get::<FleetCell>().get(), kit.clock.now());
    let seen = |org: &str| match &reach {
        Reach::City | Reach::Town(_) => true,
        Reach::Org(own) | Reach::Party(own) | Reach::Assigned { org_id: own, .. } => {
            own == org
                || fleet.carriages.values().flatten().any(|c| {
                    c.ended_at.is_none()
                        && (c.consignor_id == org || c.receiver_id == org)
                        && (c.consignor_id == *own || c.receiver_id == *own)
                })
        }
    };
    let role = |kind: &String| match kind.as_str() {
        "enterprise" => Some("generator"),
        "receiver" => Some("receiver"),
        "carrier" => Some("carrier"),
        _ => None,
    };
    let sites = fleet
        .sites
        .iter()
        .filter(|s| seen(&s.org_id))
        .map(|s| SitePlace {
            id: s.id.clone(),
            org_id: s.org_id.clone(),
            org_name: s.org_name.clone(),
            name: s.name.clone(),
            lat_e6: s.point.lat_e6(),
            lon_e6: s.point.lon_e6(),
            roles: s.kinds.iter().filter_map(role).collect(),
        })
        .collect();
    let zones = fleet
        .zones
        .iter()
        .filter(|z| z.from <= now && now < z.to)
        .map(|z| ZonePlace {
            id: z.id.clone(),
            name: z.name.clone(),
            kind: z.kind.clone(),
            shape: z.shape.clone(),
        })
        .collect();
    Ok(Places { sites, zones })
}
