#include "stress/stress_file.hpp"

#include <fmt/format.h>

#include "durable_file.hpp"
#include "json_checksum.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::stress::detail {

namespace {

constexpr std::int64_t format = 1;
constexpr std::size_t most_bytes = std::size_t{256} << 20U;

}  // namespace

Result<void> write_file(const Value& content, std::string_view kind, const std::string& path) {
  Value all = Value::object().set("kind", kind).set("format", format);
  for (const auto& [key, member] : content.as_object()) all.set(key, member);
  all.set("checksum", learningplane::detail::json_checksum(all));
  return learningplane::detail::write_durably(path, dump_json(all) + "\n");
}

Result<Value> read_file(std::string_view kind, const std::string& path) {
  const auto text = learningplane::detail::read_whole(path, most_bytes);
  if (!text) return tl::unexpected(text.error());
  auto value = parse_json(*text, {.bytes = most_bytes});
  if (!value) return fail_within(path, value.error());
  const Value* found = value->find("kind");
  if (found == nullptr || !found->is_string() || found->as_string() != kind)
    return fail(Errc::malformed, fmt::format("{}: its kind is not {}", path, kind));
  const Value* number = value->find("format");
  if (number == nullptr || !number->is_int() || number->as_int() < 1)
    return fail(Errc::malformed, fmt::format("{}: its format is not known", path));
  if (number->as_int() > format)
    return fail(Errc::unsupported,
                fmt::format("{}: format {} was written by a newer version; this one reads {}", path,
                            number->as_int(), format));
  const Value* sum = value->find("checksum");
  if (sum == nullptr || !sum->is_string() ||
      sum->as_string() != learningplane::detail::json_checksum(*value))
    return fail(Errc::malformed, fmt::format("{}: the checksum does not match: it is damaged or "
                                             "was edited",
                                             path));
  return value;
}

}  // namespace learningplane::stress::detail
