#include "learningplane/catalogue/model_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <optional>

#include "durable_file.hpp"
#include "learningplane/json.hpp"

namespace learningplane::catalogue {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t metadata_bytes = 1U << 20U;

bool is_name(const std::string& text) {
  const auto good = [](unsigned char c) {
    return (std::isalnum(c) != 0 && c < 128) || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 128 &&
         std::isalnum(static_cast<unsigned char>(text[0])) != 0 &&
         std::all_of(text.begin(), text.end(), good);
}

tl::unexpected<Failure> bad_name(const std::string& name) {
  return fail(Errc::invalid_argument,
              "'" + name +
                  "' is no name: letters, digits, '.', '_' and '-', beginning with a "
                  "letter or digit");
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || out == 0) return std::nullopt;
  return out;
}

std::string folder_name(std::uint64_t version) {
  const std::string digits = std::to_string(version);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

std::vector<std::uint64_t> numbers_in(const fs::path& folder) {
  std::vector<std::uint64_t> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (const auto n = number(it->path().filename().string())) out.push_back(*n);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<Value> read_json(const std::string& path) {
  const auto text = detail::read_whole(path, metadata_bytes);
  if (!text) return tl::unexpected(text.error());
  auto value = parse_json(*text);
  if (!value) return fail_within(path, value.error());
  return value;
}

}  // namespace

ModelStore::ModelStore(std::string folder, const Registry<model::Forecaster>& registry)
    : folder_(std::move(folder)), registry_(&registry) {}

Result<ModelVersion> ModelStore::publish(const std::string& name, const model::Forecaster& model,
                                         const model::ModelCard& card) {
  if (!is_name(name)) return bad_name(name);
  static std::atomic<unsigned> counter{0};
  const fs::path home = fs::path(folder_) / name;
  const fs::path part =
      home / (".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1)));
  std::error_code error;
  // A process of the same id that was killed may have left this folder behind.
  fs::remove_all(part, error);
  fs::create_directories(part, error);
  if (error) return fail(Errc::unavailable, part.string() + ": cannot be made: " + error.message());
  ModelVersion out;
  out.name = name;
  out.metadata.set("kind", model.kind()).set("card", model::to_value(card));
  auto written = model::save_model((part / "model.lpm").string(), model, card);
  if (written)
    written = detail::write_durably((part / "metadata.json").string(),
                                    dump_json(out.metadata, JsonStyle::pretty) + "\n");
  // A rename onto a folder that another process published meanwhile fails: the next number then.
  for (int tries = 0; written && tries < 1000; ++tries) {
    const std::vector<std::uint64_t> taken = numbers_in(home);
    out.version = taken.empty() ? 1 : taken.back() + 1;
    const fs::path place = home / folder_name(out.version);
    fs::rename(part, place, error);
    if (!error) {
      if (auto synced = detail::sync_folder(home.string()); !synced)
        return tl::unexpected(synced.error());
      out.path = (place / "model.lpm").string();
      return out;
    }
    if (!fs::exists(place)) break;
  }
  fs::remove_all(part, error);
  if (!written) return tl::unexpected(written.error());
  return fail(Errc::unavailable, home.string() + ": the version cannot be published");
}

Result<std::vector<std::string>> ModelStore::names() const {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    if (is_name(it->path().filename().string()) && !numbers_in(it->path()).empty())
      out.push_back(it->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(Errc::unavailable, folder_ + ": cannot be read: " + error.message());
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<ModelVersion>> ModelStore::versions(const std::string& name) const {
  if (!is_name(name)) return bad_name(name);
  const fs::path home = fs::path(folder_) / name;
  std::vector<ModelVersion> out;
  for (const std::uint64_t n : numbers_in(home)) {
    const fs::path place = home / folder_name(n);
    auto metadata = read_json((place / "metadata.json").string());
    if (!metadata) return tl::unexpected(metadata.error());
    out.push_back({name, n, (place / "model.lpm").string(), std::move(*metadata)});
  }
  if (out.empty()) return fail(Errc::not_found, folder_ + ": no version of a model '" + name + "'");
  return out;
}

Result<ModelVersion> ModelStore::find(const std::string& name, const std::string& which) const {
  if (!is_name(name)) return bad_name(name);
  const fs::path home = fs::path(folder_) / name;
  const std::vector<std::uint64_t> there = numbers_in(home);
  if (there.empty())
    return fail(Errc::not_found, folder_ + ": no version of a model '" + name + "'");
  std::uint64_t wanted = there.back();
  if (which != "latest") {
    const auto named = aliases(name);
    if (!named) return tl::unexpected(named.error());
    const auto alias = named->find(which);
    const auto direct = number(which);
    if (alias == named->end() && !direct)
      return fail(Errc::not_found, "model '" + name + "' has no alias '" + which +
                                       "': write latest, a number or an alias that was set");
    wanted = alias != named->end() ? alias->second : *direct;
  }
  if (!std::binary_search(there.begin(), there.end(), wanted))
    return fail(Errc::not_found, "model '" + name + "' has no version " + std::to_string(wanted) +
                                     "; the latest is " + std::to_string(there.back()));
  const fs::path place = home / folder_name(wanted);
  auto metadata = read_json((place / "metadata.json").string());
  if (!metadata) return tl::unexpected(metadata.error());
  return ModelVersion{name, wanted, (place / "model.lpm").string(), std::move(*metadata)};
}

Result<model::LoadedModel> ModelStore::load(const std::string& name,
                                            const std::string& which) const {
  const auto version = find(name, which);
  if (!version) return tl::unexpected(version.error());
  return model::load_model(version->path, *registry_);
}

Result<void> ModelStore::set_alias(const std::string& name, const std::string& alias,
                                   std::uint64_t version) {
  if (!is_name(alias) || number(alias) || alias == "latest") return bad_name(alias);
  if (auto there = find(name, std::to_string(version)); !there)
    return tl::unexpected(there.error());
  auto named = aliases(name);
  if (!named) return tl::unexpected(named.error());
  (*named)[alias] = version;
  Value out = Value::object();
  for (const auto& [key, n] : *named) out.set(key, static_cast<std::int64_t>(n));
  return detail::write_durably((fs::path(folder_) / name / "aliases.json").string(),
                               dump_json(out, JsonStyle::pretty) + "\n");
}

Result<std::map<std::string, std::uint64_t>> ModelStore::aliases(const std::string& name) const {
  if (!is_name(name)) return bad_name(name);
  const std::string path = (fs::path(folder_) / name / "aliases.json").string();
  const auto value = read_json(path);
  if (!value) {
    if (value.error().code == Errc::not_found) return std::map<std::string, std::uint64_t>{};
    return tl::unexpected(value.error());
  }
  if (!value->is_object()) return fail(Errc::malformed, path + ": not a mapping");
  std::map<std::string, std::uint64_t> out;
  for (const auto& [alias, n] : value->as_object()) {
    if (!n.is_int() || n.as_int() < 1)
      return fail(Errc::malformed, path + ": '" + alias + "' is no version number");
    out[alias] = static_cast<std::uint64_t>(n.as_int());
  }
  return out;
}

Result<std::size_t> ModelStore::keep_last(const std::string& name, std::size_t count) {
  const auto named = aliases(name);
  if (!named) return tl::unexpected(named.error());
  const fs::path home = fs::path(folder_) / name;
  const std::vector<std::uint64_t> there = numbers_in(home);
  std::size_t removed = 0;
  for (std::size_t i = 0; i + count < there.size(); ++i) {
    const std::uint64_t version = there[i];
    if (std::any_of(named->begin(), named->end(),
                    [version](const auto& alias) { return alias.second == version; }))
      continue;
    // Out of sight first, so that nobody finds half a version.
    const fs::path hidden = home / (".part-old-" + folder_name(version));
    std::error_code error;
    fs::rename(home / folder_name(version), hidden, error);
    if (!error) fs::remove_all(hidden, error);
    if (error)
      return fail(Errc::unavailable, hidden.string() + ": cannot be removed: " + error.message());
    ++removed;
  }
  return removed;
}

}  // namespace learningplane::catalogue
