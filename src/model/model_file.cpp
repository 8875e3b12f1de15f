#include "learningplane/model/model_file.hpp"

#include <bit>
#include <cstring>
#include <new>
#include <string_view>

#include "crc64.hpp"
#include "durable_file.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/version.hpp"

namespace learningplane::model {

namespace {

constexpr std::string_view magic{"LPMODEL\0", 8};
constexpr std::size_t fixed_bytes = 8 + 4 + 4 + 8;  // magic, format, zero, header length
constexpr std::size_t checksum_bytes = 8;

using learningplane::detail::crc64;

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xFFU));
}
std::uint64_t get(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < count; ++i)
    out |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return out;
}

const Value& member(const Value& value, const char* key) {
  const Value* found = value.find(key);
  if (found == nullptr) throw FormatError(std::string("the header lacks '") + key + "'");
  return *found;
}

/// Tensors by the header's table; `bytes` are those between header and checksum.
std::map<std::string, Tensor> read_tensors(const Value& table, std::string_view bytes,
                                           const ModelFileLimits& limits) {
  const Value::Array& entries = table.as_array();
  if (entries.size() > limits.tensors)
    throw FormatError("the header lists " + std::to_string(entries.size()) + " tensors; at most " +
                      std::to_string(limits.tensors) + " are read");
  std::map<std::string, Tensor> out;
  const std::size_t available = bytes.size() / 8;
  std::size_t used = 0;
  for (const Value& entry : entries) {
    const std::string& name = member(entry, "name").as_string();
    Tensor tensor;
    std::size_t count = 1;
    for (const Value& d : member(entry, "shape").as_array()) {
      const std::int64_t size = d.as_int();
      if (size < 0) throw FormatError("the tensor '" + name + "' has a negative size");
      tensor.shape.push_back(static_cast<std::size_t>(size));
      // Checked before it is multiplied, so that no product overflows.
      if (size != 0 && count > (available + 1) / static_cast<std::size_t>(size))
        throw FormatError("the tensor '" + name + "' is larger than the file");
      count *= static_cast<std::size_t>(size);
    }
    if (count > available - used)
      throw FormatError("the tensor '" + name + "' goes beyond the end of the file");
    tensor.values.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      tensor.values[i] = std::bit_cast<double>(get(bytes, (used + i) * 8, 8));
    used += count;
    if (!out.emplace(name, std::move(tensor)).second)
      throw FormatError("the tensor '" + name + "' stands twice");
  }
  if (used * 8 != bytes.size())
    throw FormatError(std::to_string(bytes.size() - used * 8) +
                      " bytes after the last tensor belong to nothing");
  return out;
}

std::string text(const Value& value, const char* key) { return value.get(key, ""); }

}  // namespace

Value to_value(const ModelCard& card) {
  return Value::object()
      .set("name", card.name)
      .set("trained_on", card.trained_on)
      .set("rows", card.rows)
      .set("trained_at", to_iso8601(card.trained_at))
      .set("scores", card.scores)
      .set("library_version", card.library_version)
      .set("notes", card.notes);
}

Result<ModelCard> model_card_from_value(const Value& value) try {
  if (!value.is_object()) return fail(Errc::malformed, "a model card is a mapping");
  ModelCard card;
  card.name = text(value, "name");
  card.trained_on = text(value, "trained_on");
  const std::int64_t rows = value.get("rows", std::int64_t{0});
  if (rows < 0) return fail(Errc::malformed, "model card: 'rows' is negative");
  card.rows = static_cast<std::size_t>(rows);
  const auto at = parse_iso8601(member(value, "trained_at").as_string());
  if (!at) return fail_within("model card: trained_at", at.error());
  card.trained_at = *at;
  card.library_version = text(value, "library_version");
  if (const Value* scores = value.find("scores")) card.scores = *scores;
  if (const Value* notes = value.find("notes")) card.notes = *notes;
  return card;
} catch (const Error& e) {
  return fail(Errc::malformed, std::string("model card: ") + e.what());
}

std::string encode_model(const Forecaster& model, const ModelCard& card) {
  const ModelState state = model.save();
  Value table = Value::array();
  for (const auto& [name, tensor] : state.tensors) {
    Value shape = Value::array();
    for (const std::size_t d : tensor.shape) shape.push(d);
    table.push(Value::object().set("name", name).set("shape", shape));
  }
  ModelCard signed_card = card;
  signed_card.library_version = std::string(version());
  const std::string header = dump_json(Value::object()
                                           .set("kind", model.kind())
                                           .set("attributes", state.attributes)
                                           .set("tensors", table)
                                           .set("card", to_value(signed_card)));
  std::string out(magic);
  put(out, model_format, 4);
  put(out, 0, 4);
  put(out, header.size(), 8);
  out += header;
  for (const auto& [name, tensor] : state.tensors) {
    for (const double v : tensor.values) put(out, std::bit_cast<std::uint64_t>(v), 8);
  }
  put(out, crc64(out), 8);
  return out;
}

Result<LoadedModel> decode_model(std::string_view bytes, const Registry<Forecaster>& registry,
                                 std::string_view source, const ModelFileLimits& limits) try {
  const auto refuse = [source](Errc code, const std::string& why) {
    return fail(code, std::string(source) + ": " + why);
  };
  if (bytes.size() > limits.bytes)
    return refuse(Errc::too_large, std::to_string(bytes.size()) + " bytes; at most " +
                                       std::to_string(limits.bytes) + " are read");
  if (bytes.size() < fixed_bytes + checksum_bytes)
    return refuse(Errc::malformed, "only " + std::to_string(bytes.size()) +
                                       " bytes: not a model file, or cut off in its first part");
  if (bytes.substr(0, magic.size()) != magic)
    return refuse(Errc::malformed, "byte 0: not a model file (it does not begin with LPMODEL)");
  const std::uint64_t format = get(bytes, 8, 4);
  if (format > model_format)
    return refuse(Errc::unsupported, "byte 8: format " + std::to_string(format) +
                                         " is newer than " + std::to_string(model_format) +
                                         ", the newest that this version (" +
                                         std::string(version()) + ") reads: update learningplane");
  if (format == 0) return refuse(Errc::malformed, "byte 8: there is no format 0");
  const std::string_view body = bytes.substr(0, bytes.size() - checksum_bytes);
  if (crc64(body) != get(bytes, body.size(), 8))
    return refuse(Errc::malformed, "byte " + std::to_string(body.size()) +
                                       ": the checksum does not fit the content: the file is "
                                       "damaged or cut off; copy it again");
  if (get(bytes, 12, 4) != 0) return refuse(Errc::malformed, "byte 12: not zero");
  const std::uint64_t length = get(bytes, 16, 8);
  if (length > limits.header_bytes)
    return refuse(Errc::too_large, "byte 16: a header of " + std::to_string(length) +
                                       " bytes; at most " + std::to_string(limits.header_bytes));
  if (length > body.size() - fixed_bytes)
    return refuse(Errc::malformed, "byte 16: the header goes beyond the end of the file");
  const auto header = parse_json(body.substr(fixed_bytes, length));
  if (!header) return refuse(Errc::malformed, "header, from byte 24: " + header.error().message);
  ModelState state;
  state.attributes = member(*header, "attributes");
  state.tensors =
      read_tensors(member(*header, "tensors"), body.substr(fixed_bytes + length), limits);
  const std::string& kind = member(*header, "kind").as_string();
  if (!registry.contains(kind))
    return refuse(Errc::not_found, "a model of kind '" + kind +
                                       "', which is not registered: register it before loading");
  LoadedModel out;
  auto card = model_card_from_value(member(*header, "card"));
  if (!card) return fail_within(source, card.error());
  out.card = std::move(*card);
  out.model = registry.build(kind, member(state.attributes, "options"));
  if (auto loaded = out.model->load(state); !loaded) return fail_within(source, loaded.error());
  return out;
} catch (const Error& e) {
  return fail(Errc::malformed, std::string(source) + ": " + e.failure().message);
} catch (const std::bad_alloc&) {
  return fail(Errc::too_large,
              std::string(source) + ": the options ask for more memory than there is");
}

Result<void> save_model(const std::string& path, const Forecaster& model, const ModelCard& card) {
  return detail::write_durably(path, encode_model(model, card));
}

Result<LoadedModel> load_model(const std::string& path, const Registry<Forecaster>& registry,
                               const ModelFileLimits& limits) {
  const auto bytes = detail::read_whole(path, limits.bytes);
  if (!bytes) return tl::unexpected(bytes.error());
  return decode_model(*bytes, registry, path, limits);
}

}  // namespace learningplane::model
