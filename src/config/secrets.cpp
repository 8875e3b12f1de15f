#include "learningplane/config/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "learningplane/error.hpp"

namespace learningplane::config {

void Secrets::add(std::string secret) {
  // Redacting very short texts would blacken ordinary words without hiding anything.
  if (secret.size() < 3) return;
  secrets_.push_back(std::move(secret));
  // Longest first, so that a secret within a secret leaves no rest.
  std::sort(secrets_.begin(), secrets_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Secrets::redact(std::string text) const {
  for (const std::string& s : secrets_) {
    for (std::size_t at = text.find(s); at != std::string::npos; at = text.find(s, at + 3))
      text.replace(at, s.size(), "***");
  }
  // Messages show the begin of a long value, with this after it.
  constexpr std::string_view cut = "…";
  for (std::size_t at = text.find(cut); at != std::string::npos; at = text.find(cut, at + 1)) {
    for (const std::string& s : secrets_) {
      std::size_t n = std::min(s.size(), at);
      while (n >= 3 && text.compare(at - n, n, s, 0, n) != 0) --n;
      if (n < 3) continue;
      text.replace(at - n, n, "***");
      at = at - n + 3;
      break;
    }
  }
  return text;
}

namespace {

constexpr std::size_t largest_file = 1U << 20U;

struct Expander {
  const std::string& base_dir;
  Secrets& secrets;

  [[noreturn]] static void stop(const Value& at, const std::string& key, const std::string& what,
                                const std::string& why) {
    throw ConfigError(at.where().line > 0 ? fmt::format("line {}", at.where().line) : "", key, what,
                      why);
  }

  std::string from_file(const Value& at, const std::string& key, const std::string& path) const {
    std::filesystem::path full(path);
    if (full.is_relative() && !base_dir.empty()) full = base_dir / full;
    std::error_code ignored;
    std::ifstream in(full, std::ios::binary);
    if (!in || std::filesystem::is_directory(full, ignored))
      stop(at, key, "${file:" + path + "}", "the file cannot be read; check path and permissions");
    std::string text(largest_file + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > largest_file)
      stop(at, key, "${file:" + path + "}", "a secret's file has at most 1 MiB");
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
  }

  std::string expand(const Value& at, const std::string& key) const {
    const std::string& in = at.as_string();
    std::string out;
    for (std::size_t i = 0; i < in.size();) {
      if (in.compare(i, 3, "$${") == 0) {
        out += "${";
        i += 3;
        continue;
      }
      const bool env = in.compare(i, 6, "${env:") == 0;
      const bool file = in.compare(i, 7, "${file:") == 0;
      if (!env && !file) {
        out += in[i++];
        continue;
      }
      const std::size_t begin = i + (env ? 6 : 7);
      const std::size_t end = in.find('}', begin);
      if (end == std::string::npos || end == begin)
        stop(at, key, in.substr(i, 64), "write it as ${env:NAME} or ${file:PATH}");
      const std::string name = in.substr(begin, end - begin);
      std::string content;
      if (env) {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr)
          stop(at, key, "${env:" + name + "}", "the environment variable is not set");
        content = value;
      } else {
        content = from_file(at, key, name);
      }
      secrets.add(content);
      out += content;
      i = end + 1;
    }
    return out;
  }

  Value walk(const Value& v, const std::string& key) const {
    Value out = v;
    if (v.is_string()) {
      if (v.as_string().find("${") != std::string::npos) out = Value(expand(v, key));
    } else if (v.is_array()) {
      Value::Array list;
      for (std::size_t i = 0; i < v.size(); ++i)
        list.push_back(walk(v.as_array()[i], fmt::format("{}[{}]", key, i)));
      out = Value(std::move(list));
    } else if (v.is_object()) {
      Value::Object members;
      for (const auto& [name, member] : v.as_object())
        members.emplace_back(name, walk(member, key.empty() ? name : key + "." + name));
      out = Value(std::move(members));
    }
    out.set_where(v.where());
    return out;
  }
};

}  // namespace

Value expand_secrets(const Value& tree, const std::string& base_dir, Secrets& secrets) {
  return Expander{base_dir, secrets}.walk(tree, "");
}

}  // namespace learningplane::config
