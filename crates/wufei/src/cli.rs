//! The command line. Every command says in its help what it does, what it needs and what it answers.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// 无废 · zero-waste city platform: a trustworthy record of solid waste, from the plant to its end.
#[derive(Debug, Parser)]
#[command(
    name = "wufei",
    version,
    about = "无废 · zero-waste city platform 固体废物全过程可信记录",
    long_about = "无废 · zero-waste city platform\n\
        A trustworthy record of solid waste, from the plant to its end: every step signed, every gram traced,\n\
        nothing altered unseen.\n\n\
        固体废物全过程可信记录:环节可签、去向可溯、账可核验。\n\n\
        First look 先看看:        wufei demo\n\
        A city's server 正式部署:  wufei serve --config /etc/wufei/wufei.toml",
    propagate_version = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a demonstration city 启动演示: sample firms, accounts and documents, ready to play with
    ///
    /// Without a data directory a temporary one is made and named. With one, the city made at the first start is kept,
    /// and a later start plays the days since then.
    /// Prints one line `无废 ready at http://ADDRESS` when pages can be opened.
    Demo(Demo),
    /// Start a city's server 正式启动 from a configuration file
    ///
    /// Migrates the database, makes the three administrators on an empty one and prints their one-time passwords once.
    /// Refuses demonstration accounts and weak secrets. Values of the file can be overridden by environment variables:
    /// WUFEI_LISTEN, WUFEI_DATABASE, WUFEI_SESSION__IDLE_MINUTES and so on.
    Serve(Serve),
    /// Bring a database to the schema of this binary 数据库升级
    Migrate(Database),
    /// Write a consistent copy of a running or resting database 备份
    Backup(Backup),
    /// Put a copy back into an empty place 恢复
    Restore(Restore),
    /// Check that nothing was altered 核验: leaves, tree, checkpoints and, with --rebuild, every read table
    ///
    /// Exits with 0 and a summary, or with 1 and what is wrong. Works offline and changes nothing.
    Verify(Verify),
    /// Read registers from Excel or CSV, all or nothing 批量导入
    Import(Import),
    /// Give an account a new one-time password 重置口令, when no administrator can sign in any more
    ResetPassword(ResetPassword),
    /// Print the OpenAPI document of the HTTP API 输出接口文档
    Openapi,
    /// Explain frames of a device protocol 解码终端报文: hexadecimal lines in, one JSON object a line out
    Decode(Decode),
    /// Drive the demonstration's trucks 模拟车辆: terminals that speak JT/T 808 to a gateway
    Trucks(Trucks),
    /// Let the people of the large demonstration work 模拟人员: over the HTTP interface, with demonstration accounts
    People(People),
    /// Look into the ingest log of a resting server 查看接入日志
    Ingest(Ingest),
    /// Measure against bare equivalents 性能测试
    ///
    /// With --json prints one object per line: {"bench","engine","ours","bare","ratio","unit","runs","spread"}.
    Bench(crate::bench::Bench),
}

/// Where a database is.
#[derive(Debug, Args)]
pub struct Database {
    /// Directory with the embedded database `wufei.db` and the signing key
    #[arg(long, value_name = "DIR", env = "WUFEI_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Database address: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`; goes before --data-dir
    #[arg(long, value_name = "URL", env = "WUFEI_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Port on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 8320)]
    pub port: u16,
    /// Where it is
    #[command(flatten)]
    pub database: Database,
    /// Seed of the sample city: the same seed gives the same city
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
    /// How large: `small` has 20 firms and 90 days of documents, `city` some 300 plants and two years
    #[arg(long, value_enum, default_value_t = CitySize::Small)]
    pub size: CitySize,
    /// Keep the city in a folder of its own under DIR, named after seed, size and data, and use it again next time;
    /// --data-dir goes before
    #[arg(long, value_name = "DIR")]
    pub keep_in: Option<PathBuf>,
    /// Throw away what --keep-in kept and play the city anew
    #[arg(long)]
    pub fresh: bool,
    /// City profile under data/cities
    #[arg(long, default_value = "jiangyin")]
    pub profile: String,
    /// Start with firms and accounts only, without documents of past months and without trucks
    #[arg(long)]
    pub empty: bool,
    /// Port of the device gateway (JT/T 808) on 127.0.0.1; 0 picks a free one, which is printed
    #[arg(long, default_value_t = 0)]
    pub gateway_port: u16,
    /// Let no trucks drive; their plan is written to the data directory all the same
    #[arg(long)]
    pub no_trucks: bool,
    /// Let nobody work: no people who record, sign and receive while you watch
    #[arg(long)]
    pub no_people: bool,
    /// Play the city's past, print its figures and the journal's root, and end
    #[arg(long)]
    pub only_past: bool,
    /// Moment at which that past ends; one seed and one moment give one root
    #[arg(long, value_name = "RFC3339", requires = "only_past")]
    pub as_of: Option<String>,
}

/// How large a demonstration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CitySize {
    /// Twenty firms.
    Small,
    /// Some three hundred plants.
    City,
}

/// Options of `decode`.
#[derive(Debug, Args)]
pub struct Decode {
    /// Protocol
    #[arg(value_enum)]
    pub protocol: Protocol,
    /// File to read; standard input when left out
    pub file: Option<PathBuf>,
    /// Exit with 1 if any frame cannot be read; otherwise the error is the output and the exit is 0
    #[arg(long)]
    pub strict: bool,
}

/// A device protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Protocol {
    /// JT/T 808 of 2013 and 2019: vehicle terminals
    Jt808,
}

/// Options of `trucks`.
#[derive(Debug, Args)]
pub struct Trucks {
    /// Address of the gateway
    #[arg(long, value_name = "HOST:PORT")]
    pub gateway: String,
    /// Plan that `wufei demo` wrote
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,
    /// Seconds between two positions of a truck that drives
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub every: u32,
    /// End when standard input ends: for whoever started this as a child
    #[arg(long)]
    pub until_eof: bool,
    /// Print a JSON object every ten seconds: trucks, connected, positions acknowledged, refused, waiting
    #[arg(long)]
    pub json: bool,
}

/// Options of `people`.
#[derive(Debug, Args)]
pub struct People {
    /// Address of the server
    #[arg(long, value_name = "IP:PORT")]
    pub server: std::net::SocketAddr,
    /// Errands that `wufei demo --size city` wrote
    #[arg(long, value_name = "FILE")]
    pub errands: PathBuf,
    /// End when standard input ends: for whoever started this as a child
    #[arg(long)]
    pub until_eof: bool,
}

/// Options of `ingest`.
#[derive(Debug, Args)]
pub struct Ingest {
    /// What to do
    #[command(subcommand)]
    pub what: IngestWhat,
}

/// What can be done with an ingest log.
#[derive(Debug, Subcommand)]
pub enum IngestWhat {
    /// Print its records 输出记录, one JSON object a line: offset, kind, and of frames message, terminal, serial, time
    Dump {
        /// Data directory of the server, which must not be running
        #[arg(long, value_name = "DIR", env = "WUFEI_DATA_DIR")]
        data_dir: PathBuf,
        /// First offset; the oldest that is kept when left out
        #[arg(long)]
        from: Option<u64>,
    },
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Configuration file (TOML); every setting is explained in docs/wufei.example.toml
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Where it is
    #[command(flatten)]
    pub database: Database,
    /// File to write; must not exist
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// Copy to read
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// Where it goes; must be empty
    #[command(flatten)]
    pub database: Database,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Where it is
    #[command(flatten)]
    pub database: Database,
    /// A signed checkpoint that somebody kept elsewhere: proves that the journal still begins with what it covers
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Public key of the checkpoints (the vkey that GET /api/proof/key showed), when the data directory is not trusted
    #[arg(long, value_name = "VKEY")]
    pub key: Option<String>,
    /// Replay the journal and compare every read table with what it gives
    #[arg(long)]
    pub rebuild: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Where it is
    #[command(flatten)]
    pub database: Database,
    /// Register: orgs, sites, facilities, licences, vehicles, crew, plans, approvals
    pub entity: String,
    /// File (.xlsx or .csv) with the columns of the register's template
    pub file: PathBuf,
    /// City profile under data/cities
    #[arg(long, default_value = "jiangyin")]
    pub profile: String,
    /// Only check; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `reset-password`.
#[derive(Debug, Args)]
pub struct ResetPassword {
    /// Configuration file of the server
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Login of the account
    pub login: String,
}
