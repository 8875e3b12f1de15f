#include "agent/model_fitting.hpp"

#include <algorithm>

namespace learningplane::agent {

using telemetry::Frame;

void ModelFitting::begin(std::vector<std::string> names, TimePoint at, std::size_t columns) {
  stop();
  under_way_ = true;
  every_ = names.empty();
  names_.assign(std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
  all_ = names_.size();
  fitted_ = 0;
  at_ = at;
  report_ = Value::object();
  last_.reset();
  unread_.reset();
  for (const std::string& name : names_) {
    if (Workload* w = workloads_.find(name)) w->waits = true;
  }
  // A sample for each slot is enough to learn from.
  read_ = LongRead(parts_, {at - parts_.forecast.training, at, parts_.scaling.step},
                   parts_.scaling.step, columns);
}

void ModelFitting::stop() {
  under_way_ = false;
  for (const auto& w : workloads_.all()) w->waits = false;
  names_.clear();
  loads_.clear();
}

void ModelFitting::step() {
  if (!under_way_) return;
  if (!read_.done()) {
    auto data = read_.next(parts_, failed_);
    if (!data) {
      stop();
      unread_ = data.error();
      return;
    }
    workloads_.gather(*data, loads_);
    return;
  }
  if (std::exchange(every_, false)) {
    // Those that come by a label are first seen in the training data themselves.
    for (const auto& w : workloads_.all()) names_.push_back(w->application.name);
    all_ = names_.size();
  }
  if (!names_.empty()) fit_next();
  if (names_.empty()) stop();
}

void ModelFitting::fit_next() {
  const std::string name = std::move(names_.front());
  names_.pop_front();
  Workload* w = workloads_.find(name);
  if (w == nullptr) return;  // forgotten meanwhile
  auto done = fit(*w);
  w->waits = false;
  w->tried = at_;
  if (done) {
    ++fitted_;
    report_.set(name, std::move(*done));
    return;
  }
  last_ = done.error();
  report_.set(name, Value::object().set("failed", last_->describe()));
  if (last_->code == Errc::not_enough_data || last_->code == Errc::not_found) {
    parts_.logger->info("the model of " + name + " waits: " + last_->message);
  } else {
    failed_("model of " + name, *last_);
  }
}

Result<Value> ModelFitting::fit(Workload& w) {
  Frame data;
  if (const auto found = loads_.find(w.application.name); found != loads_.end()) {
    found->second.close(to_ns(at_));
    data = found->second.take(parts_.scaling.load);
    loads_.erase(found);
  }
  if (data.empty()) return fail(Errc::not_enough_data, "no load in the training window");
  return train_model(parts_, w.application.name, data, parts_.forecast.horizon,
                     w.model != nullptr && w.model->fitted(),
                     [&](std::shared_ptr<model::Forecaster> model) {
                       w.model = std::move(model);
                       w.forecast.reset();
                     });
}

Result<Value> ModelFitting::report() {
  if (unread_) return tl::unexpected(*unread_);
  if (fitted_ == 0 && last_) return tl::unexpected(*last_);
  return Value::object().set("models", std::exchange(report_, Value::object()));
}

}  // namespace learningplane::agent
