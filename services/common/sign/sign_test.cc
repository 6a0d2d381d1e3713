#include "services/common/sign/sign.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/common/testing/status_matchers.h"

namespace duban::sign {
namespace {

using testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(SignTest, HashesAsTheStandardSays) {
  EXPECT_EQ(HexEncode(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 8032 §7.1, test 3.
TEST(SignTest, VerifiesTheVectorOfTheRfc) {
  const std::string key =
      absl::HexStringToBytes("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const std::string signature = absl::HexStringToBytes(
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  EXPECT_TRUE(VerifyEd25519(key, "\xAF\x82", signature));
  EXPECT_FALSE(VerifyEd25519(key, "\xAF\x83", signature));
  EXPECT_FALSE(VerifyEd25519(key.substr(1), "\xAF\x82", signature));
  EXPECT_FALSE(VerifyEd25519(key, "\xAF\x82", signature.substr(1)));
  EXPECT_FALSE(VerifyEd25519("", "", ""));
}

TEST(SignTest, SignsWithANewKey) {
  ASSERT_OK_AND_ASSIGN(const std::string pem, NewEd25519Pem());
  ASSERT_OK_AND_ASSIGN(auto signer, SignerFromPem(pem));
  EXPECT_EQ(signer->public_key().size(), 32u);
  EXPECT_EQ(signer->key_id(), KeyId(kEd25519, signer->public_key()));
  EXPECT_EQ(signer->key_id().size(), 16u);
  const std::string signature = signer->Sign("report");
  EXPECT_EQ(signature.size(), 64u);
  EXPECT_TRUE(VerifyEd25519(signer->public_key(), "report", signature));
  EXPECT_FALSE(VerifyEd25519(signer->public_key(), "other", signature));
}

TEST(SignTest, RefusesWhatIsNoKey) {
  EXPECT_THAT(SignerFromPem(""), StatusIs(kInvalid, "BAD_KEY"));
  EXPECT_THAT(SignerFromPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
              StatusIs(kInvalid, "BAD_KEY"));
}

// The tree of `leaves` as RFC 6962 §2.1 defines it, and the path of one leaf.
std::string Root(const std::vector<std::string>& leaves, size_t begin, size_t end) {
  if (end - begin == 1) return LeafHash(leaves[begin]);
  size_t half = 1;
  while (half * 2 < end - begin) half *= 2;
  return Sha256(
      absl::StrCat("\x01", Root(leaves, begin, begin + half), Root(leaves, begin + half, end)));
}

std::vector<std::string> Path(const std::vector<std::string>& leaves, size_t index, size_t begin,
                              size_t end) {
  if (end - begin == 1) return {};
  size_t half = 1;
  while (half * 2 < end - begin) half *= 2;
  const bool left = index < begin + half;
  auto path =
      left ? Path(leaves, index, begin, begin + half) : Path(leaves, index, begin + half, end);
  path.push_back(left ? Root(leaves, begin + half, end) : Root(leaves, begin, begin + half));
  return path;
}

TEST(SignTest, VerifiesInclusionInTreesOfEverySize) {
  std::vector<std::string> leaves;
  for (size_t size = 1; size <= 20; ++size) {
    leaves.push_back(absl::StrCat("leaf", size));
    const std::string root = Root(leaves, 0, size);
    for (size_t i = 0; i < size; ++i) {
      auto path = Path(leaves, i, 0, size);
      const std::string leaf = LeafHash(leaves[i]);
      const int64_t index = static_cast<int64_t>(i), of = static_cast<int64_t>(size);
      EXPECT_TRUE(VerifyInclusion(leaf, index, of, path, root)) << i << " of " << size;
      EXPECT_FALSE(VerifyInclusion(LeafHash("other"), index, of, path, root));
      EXPECT_FALSE(VerifyInclusion(leaf, of, of, path, root));
      EXPECT_FALSE(VerifyInclusion(leaf, -1, of, path, root));
      path.push_back(root);
      EXPECT_FALSE(VerifyInclusion(leaf, index, of, path, root));
    }
  }
}

TEST(SignTest, EnvelopeBodyComesApartAsItWasMade) {
  const std::string body = MakeEnvelopeBody("header", "payload");
  EXPECT_EQ(body, absl::StrCat("DUBAN-ENV-V1\n", absl::string_view("\0\0\0\6", 4), "header",
                               absl::string_view("\0\0\0\0\0\0\0\7", 8), "payload"));
  ASSERT_OK_AND_ASSIGN(const EnvelopeParts parts, ParseEnvelopeBody(body));
  EXPECT_EQ(parts.header, "header");
  EXPECT_EQ(parts.payload, "payload");
  EXPECT_TRUE(ParseEnvelopeBody(MakeEnvelopeBody("", "")).ok());
}

TEST(SignTest, RefusesEveryOtherBody) {
  const std::string body = MakeEnvelopeBody("header", "payload");
  for (size_t i = 0; i < body.size(); ++i) {
    EXPECT_THAT(ParseEnvelopeBody(body.substr(0, i)), StatusIs(kInvalid, "MALFORMED_ENVELOPE"));
  }
  EXPECT_THAT(ParseEnvelopeBody(body + "x"), StatusIs(kInvalid, "MALFORMED_ENVELOPE"));
  std::string long_length = body;
  long_length[13] = '\xFF';
  EXPECT_THAT(ParseEnvelopeBody(long_length), StatusIs(kInvalid, "MALFORMED_ENVELOPE"));
}

}  // namespace
}  // namespace duban::sign
