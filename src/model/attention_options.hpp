#pragma once
#include "model/attention_engine.hpp"

namespace learningplane::model::detail {

Manifest attention_manifest(AttentionKind kind);
/// Options from a checked tree, and back. @throws ConfigError
AttentionOptions attention_options(AttentionKind kind, const Value& checked);
Value to_value(AttentionKind kind, const AttentionOptions& options);
/// What the network is made with. @throws ConfigError where options do not fit together
AttentionTask attention_task(AttentionKind kind, const AttentionOptions& options,
                             std::size_t columns, std::size_t target_column);

}  // namespace learningplane::model::detail
