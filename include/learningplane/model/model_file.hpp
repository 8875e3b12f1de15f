#pragma once
#include <memory>
#include <span>
#include <string>

#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// The format that is written; every format from 1 on can be read.
inline constexpr std::uint32_t model_format = 1;

/// Where a model comes from, for whoever finds the file.
struct ModelCard {
  std::string name{};
  std::string trained_on{};        ///< the data in words: a path, a query, a site
  std::size_t rows = 0;            ///< observations used
  TimePoint trained_at{};          ///< from the caller's clock
  Value scores = Value::object();  ///< {"mae": …, "mse": …}
  std::string library_version{};   ///< filled by save_model()
  Value notes = Value::object();   ///< anything else
};
Value to_value(const ModelCard& card);
/// @return malformed naming the key
Result<ModelCard> model_card_from_value(const Value& value);

struct LoadedModel {
  std::unique_ptr<Forecaster> model{};
  ModelCard card{};
};

/// What a file may be at most; beyond it the file is refused whole.
struct ModelFileLimits {
  std::size_t bytes = std::size_t{1} << 30U;
  std::size_t header_bytes = std::size_t{16} << 20U;
  std::size_t tensors = 100'000;
};

/// The bytes of a file: "LPMODEL" and a zero byte, format (u32), zero (u32), header length (u64),
/// the header as JSON {"kind","attributes","tensors":[{"name","shape"}],"card"}, the tensors'
/// numbers as f64, and CRC-64/XZ of all before it (u64). Everything is little-endian.
/// @throws LogicError where the model is not fitted
std::string encode_model(const Forecaster& model, const ModelCard& card);
/// Builds the kind that the header names with its options from `registry`, then loads it.
/// @param source names the bytes in messages.
/// @return malformed (damaged, with the place), unsupported (newer format), too_large, not_found (a
/// kind that the registry lacks)
Result<LoadedModel> decode_model(std::string_view bytes, const Registry<Forecaster>& registry,
                                 std::string_view source, const ModelFileLimits& limits = {});

/// encode_model() into a file that appears whole or not at all, and is on disk when this returns.
/// @return unavailable (cannot be written). @throws LogicError unfitted
Result<void> save_model(const std::string& path, const Forecaster& model, const ModelCard& card);
/// decode_model() of a file. @return also not_found, unavailable (cannot be read)
Result<LoadedModel> load_model(const std::string& path, const Registry<Forecaster>& registry,
                               const ModelFileLimits& limits = {});

}  // namespace learningplane::model
