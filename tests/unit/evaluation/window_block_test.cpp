#include "learningplane/evaluation/window_block.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "learningplane/error.hpp"
#include "support/windows.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;

TEST_CASE("window block: lag 1 is the newest row; names and cells agree") {
  const WindowShape shape{3, 2};
  const std::vector<std::string> columns{"load", "qos"};
  CHECK(cells_of({.column = 1, .first_lag = 1, .last_lag = 1}, shape) ==
        std::vector<std::size_t>{5});
  CHECK(cells_of({.column = 0, .first_lag = 2, .last_lag = 3}, shape) ==
        std::vector<std::size_t>{0, 2});
  CHECK(cells_of({.first_lag = 1, .last_lag = 1}, shape) == std::vector<std::size_t>{4, 5});
  CHECK(name_of({.column = 0, .first_lag = 2, .last_lag = 3}, columns) == "load[2-3]");
  CHECK(name_of({.first_lag = 1, .last_lag = 1}, columns) == "all[1]");
  for (const Block bad :
       {Block{.first_lag = 0, .last_lag = 1}, Block{.first_lag = 2, .last_lag = 1},
        Block{.first_lag = 3, .last_lag = 4}, Block{.column = 2}})
    CHECK_THROWS_AS((void)cells_of(bad, shape), LogicError);
}

TEST_CASE("window block: every grouping puts each cell in exactly one block") {
  for (const WindowShape shape : {WindowShape{5, 3}, WindowShape{1, 1}, WindowShape{4, 2}}) {
    for (const auto grouping : {Grouping::blocks, Grouping::columns, Grouping::lags}) {
      for (std::size_t run = 1; run <= 6; ++run) {
        std::vector<std::size_t> cells;
        for (const Block& b : make_blocks(shape, grouping, run)) {
          const auto own = cells_of(b, shape);
          cells.insert(cells.end(), own.begin(), own.end());
        }
        std::sort(cells.begin(), cells.end());
        CHECK(cells == evenly(shape.cells(), shape.cells()));
      }
    }
  }
  CHECK(make_blocks({5, 2}, Grouping::blocks, 2).size() == 6);
  CHECK(make_blocks({5, 2}, Grouping::lags, 2).back() == Block{Block::all, 5, 5});
  CHECK_THROWS_AS((void)make_blocks({5, 2}, Grouping::blocks, 0), LogicError);
}

TEST_CASE("window block: mean window, picking, even spacing") {
  const std::vector<double> values{1, 2, 3, 4, 5, 9};
  const model::WindowView windows{values, 3, 1};
  CHECK(mean_window(windows) == std::vector<double>{3, 5});
  CHECK(pick(windows, std::vector<std::size_t>{2, 0}) == std::vector<double>{5, 9, 1, 2});
  CHECK(evenly(10, 5) == std::vector<std::size_t>{0, 2, 4, 6, 8});
  CHECK(evenly(2, 5) == std::vector<std::size_t>{0, 1});
  CHECK(evenly(0, 5).empty());
}
