// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace test_support {

/// A certificate authority and one server's certificate, with its key, as PEM files that go with this object.
class certificate_files {
public:
    /// @param names     subject alternative names, such as `DNS:localhost,IP:127.0.0.1`.
    /// @param lifetime  seconds from now; negative: it has expired.
    explicit certificate_files(std::string const& names = "DNS:localhost,IP:127.0.0.1", long lifetime = 3'600)
        : folder_(std::filesystem::temp_directory_path() / ("ringtail-tls-" + std::to_string(::getpid()) + '-' + std::to_string(++made_)))
    {
        std::filesystem::create_directory(folder_);
        auto const root_key = new_key();
        auto const root = sign(*root_key, nullptr, *root_key, "an authority for tests", "CA:TRUE", "", 3'600);
        auto const middle_key = new_key();
        auto const middle = sign(*middle_key, root.get(), *root_key, "its deputy", "CA:TRUE", "", 3'600);
        auto const leaf_key = new_key();
        auto const leaf = sign(*leaf_key, middle.get(), *middle_key, "a server", "CA:FALSE", names, lifetime);
        write(authority(), [&](std::FILE* file) { PEM_write_X509(file, root.get()); });
        write(chain(), [&](std::FILE* file) {
            PEM_write_X509(file, leaf.get());
            PEM_write_X509(file, middle.get());
        });
        write(key(), [&](std::FILE* file) { PEM_write_PrivateKey(file, leaf_key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    }
    certificate_files(certificate_files const&) = delete;
    certificate_files& operator=(certificate_files const&) = delete;
    ~certificate_files() { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string authority() const { return (folder_ / "authority.pem").string(); }
    [[nodiscard]] std::string chain() const { return (folder_ / "chain.pem").string(); }
    [[nodiscard]] std::string key() const { return (folder_ / "key.pem").string(); }

private:
    using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
    using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

    static key_ptr new_key() { return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free}; }

    static x509_ptr sign(EVP_PKEY& of, X509* issuer, EVP_PKEY& with, char const* subject, char const* constraints, std::string const& names, long lifetime)
    {
        x509_ptr made(X509_new(), &X509_free);
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++made_);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -7'200);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), lifetime);
        X509_set_pubkey(made.get(), &of);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>(subject), -1, -1, 0);
        X509_set_issuer_name(made.get(), X509_get_subject_name(issuer != nullptr ? issuer : made.get()));
        add(*made, NID_basic_constraints, constraints);
        if (!names.empty()) {
            add(*made, NID_subject_alt_name, names.c_str());
        }
        if (X509_sign(made.get(), &with, EVP_sha256()) == 0) {
            throw std::runtime_error("OpenSSL did not sign");
        }
        return made;
    }

    static void add(X509& to, int kind, char const* value)
    {
        std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const made(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value), &X509_EXTENSION_free);
        X509_add_ext(&to, made.get(), -1);
    }

    template <class Write>
    static void write(std::string const& path, Write what)
    {
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> const file(std::fopen(path.c_str(), "w"), &std::fclose);
        if (!file) {
            throw std::runtime_error("can't write " + path);
        }
        what(file.get());
    }

    static inline int made_ = 0;
    std::filesystem::path folder_;
};

} // namespace test_support
