//! The trucks of a demonstration: their plan, written where a process of its own can read it, and that process, which
//! ends with this one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use app::kit::{Kit, Problem};
use app::monitoring::fleet::Fleet;
use domain::time::Zone;

use super::say;
use crate::Failure;

/// Name of the plan in a data directory.
pub const PLAN_FILE: &str = "trucks.json";

/// Writes the plan of the city's trucks into the data directory; answers where it is.
pub async fn write_plan(kit: &Arc<Kit>, data_dir: &Path, seed: u64) -> Result<PathBuf, Failure> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let (tenant, now) = (kit.settings.tenant.clone(), kit.clock.now());
    let radius = f64::from(kit.settings.live.site_radius_m);
    let fleet = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move { Fleet::load(sql, &tenant, &zone, now, radius).await })
        })
        .await?;
    let plan = simulator::trucks::plan(kit, &fleet, seed)
        .ok_or_else(|| Failure::new("the city's profile has no map for trucks to drive on"))?;
    let bytes = plan.write().map_err(|e| Failure::new(e.to_string()))?;
    let path = data_dir.join(PLAN_FILE);
    std::fs::write(&path, bytes)?;
    Ok(path)
}

/// The process that drives. It ends when its standard input ends: when this is dropped, or when this process ends in
/// whatever way.
pub struct Drives(Child);

impl Drop for Drives {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if self.0.wait().is_err() {
            tracing::warn!("the process of the trucks cannot be waited for");
        }
    }
}

/// Starts the trucks; a demonstration without them is still one.
pub fn start(plan: &Path, gateway: SocketAddr) -> Option<Drives> {
    let child = std::env::current_exe().and_then(|program| {
        Command::new(program)
            .args(["trucks", "--until-eof", "--gateway", &gateway.to_string(), "--plan"])
            .arg(plan)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
    });
    match child {
        Ok(child) => Some(Drives(child)),
        Err(error) => {
            say(&format!("the trucks do not drive 模拟车辆未启动: {error}"));
            None
        }
    }
}
