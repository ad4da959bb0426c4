//! Where a database is, as a URL says it.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// What a URL says.
#[derive(Debug)]
pub(super) struct Url {
    pub(super) config: Config,
    pub(super) encryption: Encryption,
    /// A file with the certificates that are trusted; without it, those of the system are.
    pub(super) trusted: Option<PathBuf>,
    pub(super) schema: Option<String>,
    pub(super) connections: usize,
    pub(super) connect_timeout: Duration,
    /// None: as long as it takes.
    pub(super) pool_timeout: Option<Duration>,
}

/// Whether what is said is encrypted, and whether it matters to whom it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    Never,
    /// Whoever it is.
    Any,
    /// The certificate must be valid for the server's name.
    Verified,
}

/// Options that are handed on as they are.
const OF_LIBPQ: [&str; 18] = [
    "application_name",
    "channel_binding",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
    "client_encoding",
];

impl Url {
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let (place, options) = url.split_once('?').unwrap_or((url, ""));
        let mut kept = Vec::new();
        let mut mode = "prefer".to_owned();
        let mut said = Self {
            config: Config::new(),
            encryption: Encryption::Any,
            trusted: None,
            schema: None,
            connections: std::thread::available_parallelism().map_or(4, std::num::NonZero::get) * 2 + 1,
            connect_timeout: Duration::from_secs(5),
            pool_timeout: Some(Duration::from_secs(10)),
        };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let decoded = decode(value).ok_or_else(|| format!("the option `{name}` is not UTF-8"))?;
            let number = || decoded.parse::<u32>().map_err(|_| format!("`{name}` is not a number: `{decoded}`"));
            match name {
                "schema" => said.schema = Some(decoded),
                "sslmode" => mode = decoded,
                "sslrootcert" => said.trusted = Some(decoded.into()),
                "connection_limit" => said.connections = (number()? as usize).max(1),
                "connect_timeout" => said.connect_timeout = Duration::from_secs(number()?.into()),
                "pool_timeout" => {
                    let seconds = number()?;
                    said.pool_timeout = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
                }
                name if OF_LIBPQ.contains(&name) => kept.push(option),
                name => return Err(format!("the URL has an option `{name}` that is not known")),
            }
        }
        let joint = if kept.is_empty() { "" } else { "?" };
        // The parser's own message can quote the URL, and with it the password.
        said.config = format!("{place}{joint}{}", kept.join("&"))
            .parse()
            .map_err(|_| "the URL is not of the form `postgresql://user:password@host:port/database`".to_owned())?;
        let (ssl, encryption) = match mode.as_str() {
            "disable" => (SslMode::Disable, Encryption::Never),
            "prefer" => (SslMode::Prefer, Encryption::Any),
            "no-verify" => (SslMode::Require, Encryption::Any),
            "require" | "verify-ca" | "verify-full" => (SslMode::Require, Encryption::Verified),
            other => {
                return Err(format!(
                    "`sslmode={other}` is none of `disable`, `prefer`, `no-verify`, `require`, `verify-ca`, `verify-full`"
                ));
            }
        };
        said.config.ssl_mode(ssl).connect_timeout(said.connect_timeout);
        said.encryption = encryption;
        Ok(said)
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_understood_or_refused() {
        let url = Url::parse(
            "postgresql://ann:s3cret@db.example/app?schema=a%20b&connection_limit=3&pool_timeout=0&sslmode=require&application_name=x",
        )
        .unwrap();
        assert_eq!(url.schema.as_deref(), Some("a b"));
        assert_eq!((url.connections, url.pool_timeout, url.encryption), (3, None, Encryption::Verified));
        assert_eq!(url.config.get_application_name(), Some("x"));
        assert_eq!(url.config.get_dbname(), Some("app"));

        let refused = Url::parse("postgresql://localhost/app?sslmode=maybe").unwrap_err();
        assert!(refused.contains("verify-full"), "{refused}");
        assert!(Url::parse("postgresql://localhost/app?pgbouncer=true").unwrap_err().contains("`pgbouncer`"));
        assert!(Url::parse("postgresql://localhost/app?pool_timeout=soon").unwrap_err().contains("`soon`"));
        let broken = Url::parse("postgresql://ann:s3cret@host:port/app").unwrap_err();
        assert!(!broken.contains("s3cret"), "{broken}");
    }
}
