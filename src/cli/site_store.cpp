#include "cli/site_store.hpp"

#include <cctype>

#include "learningplane/catalogue/model_store.hpp"

namespace learningplane::cli {

namespace {

// An agent that refits every hour keeps a day of them.
constexpr std::size_t kept_versions = 24;

}  // namespace

std::string store_name(const std::string& site) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out = "site-";
  for (const char c : site) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 128 && std::isalnum(byte) != 0) || c == '.' || c == '-') {
      out += c;
    } else {
      out += {'_', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out;
}

void keep_models(agent::AgentParts& parts, const std::string& folder,
                 const Registries& registries) {
  catalogue::ModelStore store(folder + "/models", registries.forecasters);
  parts.publish = [store](const std::string& site, const model::Forecaster& m,
                          const model::ModelCard& card) mutable -> Result<std::string> {
    const auto version = store.publish(store_name(site), m, card);
    if (!version) return tl::unexpected(version.error());
    if (auto dropped = store.keep_last(store_name(site), kept_versions); !dropped)
      return tl::unexpected(dropped.error());
    return std::to_string(version->version);
  };
  parts.recall = [store](const std::string& site) -> Result<std::shared_ptr<model::Forecaster>> {
    auto loaded = store.load(store_name(site));
    if (!loaded) return tl::unexpected(loaded.error());
    return std::shared_ptr<model::Forecaster>(std::move(loaded->model));
  };
}

}  // namespace learningplane::cli
