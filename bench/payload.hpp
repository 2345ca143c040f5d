// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr std::string_view pubnub_key = "MTIzNDU2Nzg5MDEyMzQ1Ng==";
inline constexpr std::string_view pubnub_key_bytes = "1234567890123456";

inline constexpr char const* subscription_id = "8b7d8d62-9d6d-4d5c-a2a1-27c8dbd1d1b1";

/// The usual notification: a detailed presence event, about 860 bytes of JSON.
inline std::string presence_envelope(std::uint64_t number)
{
    std::array<char, 48> uuid{};
    std::snprintf(uuid.data(), uuid.size(), "%08x-0000-4000-8000-%012llx", static_cast<unsigned>(number), static_cast<unsigned long long>(number));
    return std::string(R"({"uuid":")") + uuid.data() +
           R"(","event":"/restapi/v1.0/account/400131426008/extension/400131426008/presence?detailedTelephonyState=true",)"
           R"("timestamp":"2026-01-05T09:00:00.000Z","subscriptionId":")" + subscription_id +
           R"(","ownerId":"400131426008",)"
           R"("body":{"extensionId":400131426008,"telephonyStatus":"Ringing","activeCalls":[{"id":"5439208136","direction":"Inbound",)"
           R"("from":"+16505550100","fromName":"Ada Lovelace","to":"+16505550199","toName":"Charles Babbage","telephonyStatus":"Ringing",)"
           R"("sessionId":"5439208136","partyId":"p-a0d17e323f0fez1953f50f90dz296e3440000-1","telephonySessionId":"s-a0d17e323f0fez1953f50f90dz296e3440000",)"
           R"("startTime":"2026-01-05T08:59:58.000Z","queueCall":false}],"sequence":)" +
           std::to_string(number) +
           R"(,"presenceStatus":"Busy","userStatus":"Available","dndStatus":"TakeAllCalls","allowSeeMyPresence":true,"totalActiveCalls":1}})";
}

/// As PubNub delivers it: AES-128-ECB with PKCS#7, in base64.
inline std::string encrypted(std::string_view text)
{
    auto const octets = [](std::string_view of) { return reinterpret_cast<unsigned char const*>(of.data()); };
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> const cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_ecb(), nullptr, octets(pubnub_key_bytes), nullptr);
    std::vector<unsigned char> out(text.size() + 16);
    int some = 0;
    int rest = 0;
    EVP_EncryptUpdate(cipher.get(), out.data(), &some, octets(text), static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(cipher.get(), out.data() + some, &rest);
    std::string encoded(out.size() * 2 + 4, '\0');
    encoded.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), out.data(), some + rest)));
    return encoded;
}

} // namespace bench
