//! What dimpl wants of cryptography, by ring: AES-GCM, ECDHE on X25519, P-256 and P-384, ECDSA, SHA-2.
//!
//! Its DTLS 1.3 suite has to be there for dimpl to start; associations are of DTLS 1.2, which every browser and
//! telephone speaks.

use aes::cipher::{BlockEncrypt, KeyInit};
use dimpl::crypto::{
    Aad, ActiveKeyExchange, Buf, Cipher, CryptoProvider, Dtls12CipherSuite, Dtls13CipherSuite, HashAlgorithm,
    HashContext, HashProvider, HmacProvider, KeyProvider, NamedGroup, Nonce, SecureRandom,
    SignatureAlgorithm, SignatureVerifier, SigningKey, SupportedDtls12CipherSuite,
    SupportedDtls13CipherSuite, SupportedKxGroup, TmpBuf,
};
use dimpl::{CryptoError, CryptoOperation};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use ring::{aead, agreement, digest, hmac, rand};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::{EndEntityCert, ring as verifying};

const GCM_TAG: usize = 16;

/// All of it.
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: GROUPS,
        signature_verification: &Verifier,
        key_provider: &Keys,
        secure_random: &Random,
        hash_provider: &Hashes,
        hmac_provider: &Hmacs,
        cipher_suites: SUITES,
        dtls13_cipher_suites: SUITES_13,
    }
}

fn failed<E>(operation: CryptoOperation) -> impl FnOnce(E) -> CryptoError {
    move |_| CryptoError::OperationFailed(operation)
}

/// A cipher suite of AES-GCM.
#[derive(Debug)]
struct Gcm {
    suite: Dtls12CipherSuite,
    hash: HashAlgorithm,
    aead: &'static aead::Algorithm,
    key_bytes: usize,
}

static AES_128: Gcm = Gcm {
    suite: Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256,
    hash: HashAlgorithm::SHA256,
    aead: &aead::AES_128_GCM,
    key_bytes: 16,
};
static AES_256: Gcm = Gcm {
    suite: Dtls12CipherSuite::ECDHE_ECDSA_AES256_GCM_SHA384,
    hash: HashAlgorithm::SHA384,
    aead: &aead::AES_256_GCM,
    key_bytes: 32,
};

static SUITES: &[&dyn SupportedDtls12CipherSuite] = &[&AES_128, &AES_256];
static SUITES_13: &[&dyn SupportedDtls13CipherSuite] = &[&AES_128];

impl Gcm {
    fn cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        let key = aead::UnboundKey::new(self.aead, key).map_err(failed(CryptoOperation::CreateCipher))?;
        Ok(Box::new(GcmCipher(aead::LessSafeKey::new(key))))
    }
}

impl SupportedDtls12CipherSuite for Gcm {
    fn suite(&self) -> Dtls12CipherSuite {
        self.suite
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash
    }

    /// No key for a MAC, the cipher's, four bytes of each nonce.
    fn key_lengths(&self) -> (usize, usize, usize) {
        (0, self.key_bytes, 4)
    }

    fn explicit_nonce_len(&self) -> usize {
        8
    }

    fn tag_len(&self) -> usize {
        GCM_TAG
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        self.cipher(key)
    }
}

impl SupportedDtls13CipherSuite for Gcm {
    fn suite(&self) -> Dtls13CipherSuite {
        Dtls13CipherSuite::AES_128_GCM_SHA256
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash
    }

    fn key_len(&self) -> usize {
        self.key_bytes
    }

    fn iv_len(&self) -> usize {
        12
    }

    fn tag_len(&self) -> usize {
        GCM_TAG
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        self.cipher(key)
    }

    /// RFC 9147 4.2.3. A key of another length than the suite's masks nothing, and the far side cannot read on.
    fn encrypt_sn(&self, key: &[u8], sample: &[u8; 16]) -> [u8; 16] {
        let mut block = aes::Block::from(*sample);
        if let Ok(aes) = aes::Aes128::new_from_slice(key) {
            aes.encrypt_block(&mut block);
        }
        block.into()
    }
}

struct GcmCipher(aead::LessSafeKey);

impl std::fmt::Debug for GcmCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GcmCipher(***)")
    }
}

impl Cipher for GcmCipher {
    fn encrypt(&mut self, plaintext: &mut Buf, aad: Aad, nonce: Nonce) -> Result<(), CryptoError> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce.0);
        let sealed = self.0.seal_in_place_separate_tag(nonce, aead::Aad::from(&aad[..]), plaintext.as_mut());
        let tag = sealed.map_err(failed(CryptoOperation::Encrypt))?;
        plaintext.extend_from_slice(tag.as_ref());
        Ok(())
    }

    fn decrypt(&mut self, sealed: &mut TmpBuf<'_>, aad: Aad, nonce: Nonce) -> Result<(), CryptoError> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce.0);
        let opened = self.0.open_in_place(nonce, aead::Aad::from(&aad[..]), sealed.as_mut());
        let length = opened.map_err(failed(CryptoOperation::Decrypt))?.len();
        sealed.truncate(length);
        Ok(())
    }
}

/// A group of ECDHE.
#[derive(Debug)]
struct Group(NamedGroup, &'static agreement::Algorithm);

static X25519: Group = Group(NamedGroup::X25519, &agreement::X25519);
static P256: Group = Group(NamedGroup::Secp256r1, &agreement::ECDH_P256);
static P384: Group = Group(NamedGroup::Secp384r1, &agreement::ECDH_P384);

static GROUPS: &[&dyn SupportedKxGroup] = &[&X25519, &P256, &P384];

impl SupportedKxGroup for Group {
    fn name(&self) -> NamedGroup {
        self.0
    }

    fn start_exchange(&self, _buffer: Buf) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let failed = || failed(CryptoOperation::StartKeyExchange);
        let private =
            agreement::EphemeralPrivateKey::generate(self.1, &SystemRandom::new()).map_err(failed())?;
        let public = private.compute_public_key().map_err(failed())?;
        Ok(Box::new(Exchange { group: self.0, private, public }))
    }
}

#[derive(Debug)]
struct Exchange {
    group: NamedGroup,
    private: agreement::EphemeralPrivateKey,
    public: agreement::PublicKey,
}

impl ActiveKeyExchange for Exchange {
    fn pub_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    fn complete(self: Box<Self>, theirs: &[u8], out: &mut Buf) -> Result<(), CryptoError> {
        let theirs = agreement::UnparsedPublicKey::new(self.private.algorithm(), theirs);
        out.clear();
        agreement::agree_ephemeral(self.private, &theirs, |secret| out.extend_from_slice(secret))
            .map_err(failed(CryptoOperation::CompleteKeyExchange))
    }

    fn group(&self) -> NamedGroup {
        self.group
    }
}

#[derive(Debug)]
struct Verifier;

impl SignatureVerifier for Verifier {
    fn verify_signature(
        &self,
        certificate: &[u8],
        data: &[u8],
        signature: &[u8],
        hash: HashAlgorithm,
        signed_by: SignatureAlgorithm,
    ) -> Result<(), CryptoError> {
        let known: &[&dyn SignatureVerificationAlgorithm] = match (signed_by, hash) {
            (SignatureAlgorithm::ECDSA, HashAlgorithm::SHA256) => {
                &[verifying::ECDSA_P256_SHA256, verifying::ECDSA_P384_SHA256]
            }
            (SignatureAlgorithm::ECDSA, HashAlgorithm::SHA384) => {
                &[verifying::ECDSA_P256_SHA384, verifying::ECDSA_P384_SHA384]
            }
            _ => return Err(CryptoError::UnsupportedSignatureAlgorithm(signed_by)),
        };
        let der = CertificateDer::from(certificate);
        let certificate = EndEntityCert::try_from(&der).map_err(|_| CryptoError::CertificateParseFailed)?;
        let good = known.iter().any(|by| certificate.verify_signature(*by, data, signature).is_ok());
        good.then_some(()).ok_or(CryptoError::OperationFailed(CryptoOperation::VerifySignature))
    }
}

#[derive(Debug)]
struct Keys;

impl KeyProvider for Keys {
    fn load_private_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &SystemRandom::new());
        Ok(Box::new(OurKey(pair.map_err(failed(CryptoOperation::LoadPrivateKey))?)))
    }
}

#[derive(Debug)]
struct OurKey(EcdsaKeyPair);

impl SigningKey for OurKey {
    fn sign(&mut self, data: &[u8], hash: HashAlgorithm, out: &mut Buf) -> Result<(), CryptoError> {
        if hash != HashAlgorithm::SHA256 {
            return Err(CryptoError::OperationFailed(CryptoOperation::Sign));
        }
        let signature = self.0.sign(&SystemRandom::new(), data).map_err(failed(CryptoOperation::Sign))?;
        out.clear();
        out.extend_from_slice(signature.as_ref());
        Ok(())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn supported_hash_algorithms(&self) -> &[HashAlgorithm] {
        &[HashAlgorithm::SHA256]
    }
}

#[derive(Debug)]
struct Random;

impl SecureRandom for Random {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CryptoError> {
        rand::SecureRandom::fill(&SystemRandom::new(), bytes).map_err(failed(CryptoOperation::FillRandom))
    }
}

#[derive(Debug)]
struct Hashes;

impl HashProvider for Hashes {
    /// Of the two hashes of our suites; what names another is hashed like the shorter, and agrees with nobody.
    fn create_hash(&self, algorithm: HashAlgorithm) -> Box<dyn HashContext> {
        let known = if algorithm == HashAlgorithm::SHA384 { &digest::SHA384 } else { &digest::SHA256 };
        Box::new(Hash(digest::Context::new(known)))
    }
}

struct Hash(digest::Context);

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hash")
    }
}

impl HashContext for Hash {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn clone_and_finalize(&self, out: &mut Buf) {
        out.clear();
        out.extend_from_slice(self.0.clone().finish().as_ref());
    }
}

#[derive(Debug)]
struct Hmacs;

impl HmacProvider for Hmacs {
    fn hmac(
        &self,
        hash: HashAlgorithm,
        key: &[u8],
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, CryptoError> {
        let algorithm = match hash {
            HashAlgorithm::SHA256 => hmac::HMAC_SHA256,
            HashAlgorithm::SHA384 => hmac::HMAC_SHA384,
            _ => return Err(CryptoError::UnsupportedHmacHash(hash)),
        };
        let tag = hmac::sign(&hmac::Key::new(algorithm, key), data);
        let bytes = tag.as_ref();
        let room =
            out.get_mut(..bytes.len()).ok_or(CryptoError::OperationFailed(CryptoOperation::ComputeHmac))?;
        room.copy_from_slice(bytes);
        Ok(bytes.len())
    }
}
