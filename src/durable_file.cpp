#include "durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace learningplane::detail {

namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Failure> system_failure(const std::string& path, const char* what) {
  const int error = errno;
  return fail(error == ENOENT ? Errc::not_found : Errc::unavailable,
              path + ": cannot be " + what + ": " + std::strerror(error));
}

}  // namespace

Result<void> sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return system_failure(path, "synced");
  return {};
}

Result<void> write_durably(const std::string& path, std::string_view bytes) {
  static std::atomic<unsigned> counter{0};
  const std::string part =
      path + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
  {
    const Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH));
    if (file.get() < 0) return system_failure(path, "written");
    std::size_t done = 0;
    bool good = true;
    while (good && done < bytes.size()) {
      const ssize_t n = ::write(file.get(), bytes.data() + done, bytes.size() - done);
      good = n >= 0 || errno == EINTR;
      if (n > 0) done += static_cast<std::size_t>(n);
    }
    if (!good || ::fsync(file.get()) != 0) {
      auto failure = system_failure(path, "written");
      ::unlink(part.c_str());
      return failure;
    }
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) {
    auto failure = system_failure(path, "written");
    ::unlink(part.c_str());
    return failure;
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return sync_folder(parent.empty() ? "." : parent);
}

Result<std::string> read_whole(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_failure(path, "read");
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return system_failure(path, "read");
  if (!S_ISREG(status.st_mode)) return fail(Errc::unavailable, path + ": not a plain file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > limit)
    return fail(Errc::too_large, path + ": " + std::to_string(size) + " bytes; at most " +
                                     std::to_string(limit) + " are read");
  std::string out(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(file.get(), out.data() + done, size - done);
    if (n == 0) break;
    if (n < 0 && errno != EINTR) return system_failure(path, "read");
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  out.resize(done);
  return out;
}

}  // namespace learningplane::detail
