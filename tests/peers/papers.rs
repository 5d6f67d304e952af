//! Certificates of a test: an issuer of its own, and what it issued, as files.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use std::path::{Path, PathBuf};

/// An issuer that keeps what it issues in a folder.
pub struct Papers {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
pub struct Paper {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Both in one file, as some peers want them.
    pub both: PathBuf,
}

impl Papers {
    pub fn new(folder: &Path) -> Papers {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).expect("signed");
        let papers = Papers { folder: folder.to_path_buf(), issuer: Issuer::new(params, key) };
        std::fs::write(papers.ca(), root.pem()).expect("a writable folder");
        papers
    }

    /// The issuer's own certificate.
    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate for loopback, under this name.
    pub fn issue(&self, name: &str) -> Paper {
        self.issue_with(name, |_| {})
    }

    /// One that has expired.
    pub fn issue_expired(&self, name: &str) -> Paper {
        self.issue_with(name, |params| params.not_after = date_time_ymd(2020, 1, 1))
    }

    fn issue_with(&self, name: &str, adjust: impl FnOnce(&mut CertificateParams)) -> Paper {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_string()]).expect("an address");
        // Another subject than the issuer's: PJSIP's OpenSSL takes it for signed by itself otherwise.
        params.distinguished_name.push(DnType::CommonName, name);
        adjust(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed").pem();
        let key = key.serialize_pem();
        let keep = |ending: &str, text: &str| {
            let path = self.folder.join(format!("{name}.{ending}"));
            std::fs::write(&path, text).expect("a writable folder");
            path
        };
        let both = keep("both.pem", &format!("{key}{certificate}"));
        Paper { certificate: keep("pem", &certificate), key: keep("key", &key), both }
    }
}
