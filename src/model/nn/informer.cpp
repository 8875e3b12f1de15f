#include "model/nn/informer.hpp"

namespace learningplane::model::nn {

namespace {

BlockShape block(const NetworkShape& s, std::size_t factor, Sight sight) {
  return {{s.width, s.heads, factor, sight}, s.inner, s.dropout};
}
std::string numbered(const char* name, std::size_t i) { return name + ("." + std::to_string(i)); }

}  // namespace

template <class T>
Informer<T>::DecoderLayer::DecoderLayer(Context<T>& context, const std::string& name,
                                        const NetworkShape& shape)
    : self(context, name + ".self", block(shape, shape.factor, Sight::masked)),
      cross(context, name, block(shape, 0, Sight::all)) {}

template <class T>
Informer<T>::Informer(const NetworkShape& shape, CpuTier tier, std::uint64_t seed)
    : Network<T>(tier, seed),
      shape_(shape),
      past_(this->context_, "past", {shape.inputs, marks, shape.width, shape.dropout}),
      future_(this->context_, "future", {shape.inputs, marks, shape.width, shape.dropout}),
      encoder_norm_(this->context_, "encoder.norm", shape.width),
      decoder_norm_(this->context_, "decoder.norm", shape.width),
      head_(this->context_, "head", shape.width, shape.outputs) {
  Context<T>& context = this->context_;
  for (std::size_t i = 0; i < shape.encoder; ++i) {
    if (i > 0) distil_.emplace_back(context, numbered("distil", i - 1), shape.width, 1);
    encoder_.emplace_back(context, numbered("encoder", i), block(shape, shape.factor, Sight::all));
  }
  for (std::size_t i = 0; i < shape.decoder; ++i)
    decoder_.emplace_back(context, numbered("decoder", i), shape);
}

template <class T>
const Matrix<T>& Informer<T>::forward(const NetworkInput<T>& in) {
  this->context_.batch = in.sequences;
  const Matrix<T>* x = &past_.forward(in.past, in.past_marks);
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    if (i > 0) x = &distil_[i - 1].forward(*x);
    x = &encoder_[i].forward(*x);
  }
  memory_ = &encoder_norm_.forward(*x);
  x = &future_.forward(in.future, in.future_marks);
  for (DecoderLayer& layer : decoder_) x = &layer.cross.forward(layer.self.forward(*x), *memory_);
  x = &decoder_norm_.forward(*x);
  decoded_ = x->rows;
  take_last(*x, in.sequences, shape_.horizon, last_);
  return head_.forward(last_);
}

template <class T>
void Informer<T>::backward(const Matrix<T>& dforecast, const Matrix<T>*) {
  dlast_.shape(decoded_, shape_.width);
  dlast_.zero();
  add_last(head_.backward(dforecast), this->context_.batch, dlast_);
  dmemory_.shape(memory_->rows, memory_->columns);
  dmemory_.zero();
  const Matrix<T>* d = &decoder_norm_.backward(dlast_);
  for (std::size_t i = decoder_.size(); i-- > 0;) {
    const Matrix<T>& dcross = decoder_[i].cross.backward(*d);
    add(dmemory_, decoder_[i].cross.dmemory());
    d = &decoder_[i].self.backward(dcross);
  }
  future_.backward(*d);
  d = &encoder_norm_.backward(dmemory_);
  for (std::size_t i = encoder_.size(); i-- > 0;) {
    d = &encoder_[i].backward(*d);
    if (i > 0) d = &distil_[i - 1].backward(*d);
  }
  past_.backward(*d);
}

template class Informer<float>;
template class Informer<double>;

}  // namespace learningplane::model::nn
