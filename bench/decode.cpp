// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What it costs to decode an encrypted payload, beside the sum of what it can't do without: base64 by four tables, and AES with
// a context that has its key already. All of them look at each byte: what is no base64 or wrongly padded is refused.
#include "measure.hpp"
#include "payload.hpp"

#include <ringtail/crypto/decoder.hpp>

#include <array>
#include <iostream>
#include <memory>
#include <stdexcept>

namespace {

class four_tables {
public:
    four_tables()
    {
        static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (std::size_t place = 0; place != 4; ++place) {
            tables_[place].fill(bad);
            for (std::uint32_t value = 0; value != 64; ++value) {
                tables_[place][static_cast<unsigned char>(alphabet[value])] = value << (18 - 6 * place);
            }
        }
    }

    /// Bytes written; 0 if it is no base64.
    std::size_t decode(std::string_view from, unsigned char* to) const
    {
        auto const* octet = reinterpret_cast<unsigned char const*>(from.data());
        auto const* const begin = to;
        std::uint32_t seen = 0;
        auto const group = [&](unsigned char const* four) {
            auto const bits = tables_[0][four[0]] | tables_[1][four[1]] | tables_[2][four[2]] | tables_[3][four[3]];
            seen |= bits;
            to[0] = static_cast<unsigned char>(bits >> 16);
            to[1] = static_cast<unsigned char>(bits >> 8);
            to[2] = static_cast<unsigned char>(bits);
            to += 3;
        };
        for (auto left = from.size() / 4 - 1; left != 0; --left, octet += 4) {
            group(octet);
        }
        std::array<unsigned char, 4> last{octet[0], octet[1], octet[2], octet[3]};
        std::size_t padding = 0;
        for (; padding != 2 && last[3 - padding] == '='; ++padding) {
            last[3 - padding] = 'A';
        }
        group(last.data());
        return seen >= bad ? 0 : static_cast<std::size_t>(to - begin) - padding;
    }

private:
    static constexpr std::uint32_t bad = 0x0100'0000;
    std::array<std::array<std::uint32_t, 256>, 4> tables_;
};

class keyed_context {
public:
    keyed_context() : context_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free)
    {
        EVP_DecryptInit_ex(context_.get(), EVP_aes_128_ecb(), nullptr, reinterpret_cast<unsigned char const*>(bench::pubnub_key_bytes.data()), nullptr);
        EVP_CIPHER_CTX_set_padding(context_.get(), 0);
    }

    /// In place, up to the padding; 0 if that is wrong.
    std::size_t decrypt(unsigned char* text, std::size_t size)
    {
        int done = 0;
        if (EVP_DecryptUpdate(context_.get(), text, &done, text, static_cast<int>(size)) != 1) {
            return 0;
        }
        std::size_t const padding = text[size - 1];
        for (auto i = size - padding; padding <= 16 && i != size; ++i) {
            if (text[i] != padding) {
                return 0;
            }
        }
        return padding > 16 ? 0 : size - padding;
    }

private:
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
};

// CPU nanoseconds of one call; the sizes that it returns are made use of.
template <class Call>
double nanoseconds(std::size_t calls, std::size_t expected, Call call)
{
    auto const began = bench::thread_cpu_us();
    std::size_t sum = 0;
    for (std::size_t i = 0; i != calls; ++i) {
        sum += call(i);
    }
    auto const took = bench::thread_cpu_us() - began;
    if (sum != calls * expected) {
        throw std::runtime_error("wrongly decoded");
    }
    return took * 1e3 / static_cast<double>(calls);
}

} // namespace

int main(int argc, char** argv)
try {
    if (bench::help(argc, argv, "bench/decode [--count N] [--repetitions N]     (100000, 9)")) {
        return 0;
    }
    auto const count = std::stoul(bench::option(argc, argv, "count", "100000"));
    auto const repetitions = std::stoul(bench::option(argc, argv, "repetitions", "9"));

    // Some payloads, as they follow each other in a reply; equally long.
    std::vector<std::string> payloads;
    for (std::uint64_t i = 1'000; i != 1'064; ++i) {
        payloads.push_back(bench::encrypted(bench::presence_envelope(i)));
    }
    auto const plain = bench::presence_envelope(1'000).size();
    auto const cipher = (plain / 16 + 1) * 16;
    std::vector<unsigned char> work(payloads[0].size());
    auto const payload = [&](std::size_t i) -> std::string const& { return payloads[i % payloads.size()]; };

    ringtail::crypto::decoder decoder(bench::pubnub_key);
    std::string out;
    four_tables const tables;
    keyed_context context;
    bench::series base64_ns;
    bench::series aes_ns;
    bench::series library_ns;
    bench::series ratio;
    for (std::size_t i = 0; i != repetitions; ++i) {
        auto const base64 = nanoseconds(count, cipher, [&](std::size_t n) { return tables.decode(payload(n), work.data()); });
        auto const both = nanoseconds(count, plain, [&](std::size_t n) { return context.decrypt(work.data(), tables.decode(payload(n), work.data())); });
        auto const library = nanoseconds(count, plain, [&](std::size_t n) {
            out.clear();
            decoder.append_decoded(payload(n), out);
            return out.size();
        });
        base64_ns.add(base64);
        aes_ns.add(both - base64);
        library_ns.add(library);
        ratio.add(library / both);
    }
    bench::say(R"({"row":"decode","bytes":)" + std::to_string(plain) + ',' + library_ns.json("library_ns") + ',' + base64_ns.json("base64_ns") + ',' +
               aes_ns.json("aes_ns") + ',' + ratio.json("of_floor") + '}');
    return 0;
} catch (std::exception const& failed) {
    std::cerr << "bench/decode: " << failed.what() << '\n';
    return 1;
}
