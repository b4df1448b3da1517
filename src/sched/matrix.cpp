// SPDX-License-Identifier: MIT
// See matrix.h. Both parts of the matrix only grow: a pair's sum is that of the table and of the CPUs' cells, from
// which the kernel moves it into the table. If it does so while both are read, they are read again; in the end what is
// moved meanwhile is missing, and is in the next reading.
#include "sched/matrix.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <utility>

#include "base/flat_map.h"
#include "base/saturating.h"
#include "sched/mapping.h"
#include "tsa_matrix.h"

namespace tsa {

namespace {

struct PairHash {
    std::size_t operator()(const std::pair<std::uint64_t, std::uint64_t>& pair) const {
        return flat_hash(flat_hash(pair.first) ^ pair.second);
    }
};

CpuUser decode(std::uint64_t id) {
    using Kind = CpuUser::Kind;
    switch (id) {
        case TSA_CULPRIT_IDLE:
            return {Kind::idle, 0};
        case TSA_CULPRIT_KERNEL:
            return {Kind::kernel, 0};
        case TSA_CULPRIT_QUOTA:
            return {Kind::own_quota, 0};
        case TSA_CULPRIT_UNKNOWN:
            return {Kind::unknown, 0};
        default:
            return {Kind::cgroup, id};
    }
}

/// Readings for which a pair did not grow before it is taken out of the table.
constexpr std::uint32_t kQuietReadings = 60;

}  // namespace

struct MatrixReader::Impl {
    struct Pair {
        std::uint64_t now_ns = 0;   // in the table and in all cells
        std::uint64_t read_ns = 0;  // of it, what was handed out
        std::uint64_t table_ns = 0;
        std::uint32_t quiet = 0;  // readings without growth
    };

    int table = -1;   // owned by the Probe
    int missed = -1;  // likewise
    Mapping<tsa_matrix_cell> cells;
    std::unordered_map<std::pair<std::uint64_t, std::uint64_t>, Pair, PairHash> pairs;
    std::vector<tsa_matrix_key> keys;
    std::vector<TSA_U64> values;
    std::uint64_t missed_ns = 0;  // when it was read last

    std::vector<tsa_matrix_cell> cells_before, cells_now;  // around the reading of the table

    void read_table();
    void copy_cells(std::vector<tsa_matrix_cell>& to) const;
    [[nodiscard]] bool was_moved() const;
    void read_pairs();
    void forget_quiet();
};

void MatrixReader::Impl::read_table() {
    constexpr std::uint32_t kBatch = 1024;
    keys.resize(kBatch);
    values.resize(kBatch);
    std::uint32_t position = 0;
    bool more = true;
    for (bool first = true; more; first = false) {
        std::uint32_t count = kBatch;
        more = bpf_map_lookup_batch(table, first ? nullptr : &position, &position, keys.data(), values.data(), &count,
                                    nullptr) == 0;
        // At the end of the table it fails, with the last entries.
        if (!more && errno != ENOENT) {
            break;
        }
        for (std::uint32_t at = 0; at < count; ++at) {
            Pair& pair = pairs[{keys[at].victim, keys[at].culprit}];
            pair.table_ns = values[at];
            pair.now_ns += values[at];
        }
    }
}

/// A cell changes hands at any time: what is read of its key and its time need not belong together, so both are read
/// again. One writer: the CPU.
void MatrixReader::Impl::copy_cells(std::vector<tsa_matrix_cell>& to) const {
    constexpr int kMaxTries = 8;
    const auto load = [](const TSA_U64& from) { return __atomic_load_n(&from, __ATOMIC_ACQUIRE); };
    to.clear();
    for (const tsa_matrix_cell& cell : cells.view()) {
        tsa_matrix_cell& copy = to.emplace_back();
        for (int attempt = 0; attempt < kMaxTries; ++attempt) {
            copy = {{load(cell.key.victim), load(cell.key.culprit)}, load(cell.ns), 0};
            if (load(cell.key.victim) == copy.key.victim && load(cell.key.culprit) == copy.key.culprit &&
                load(cell.ns) >= copy.ns) {
                break;
            }
            copy = {};
        }
    }
}

/// Whether the kernel has moved a cell into the table between the two copies.
bool MatrixReader::Impl::was_moved() const {
    for (std::size_t at = 0; at < cells_now.size(); ++at) {
        const tsa_matrix_cell& before = cells_before[at];
        const tsa_matrix_cell& now = cells_now[at];
        if (before.ns != 0 &&
            (before.key.victim != now.key.victim || before.key.culprit != now.key.culprit || now.ns < before.ns)) {
            return true;
        }
    }
    return false;
}

/// Sums of all pairs.
void MatrixReader::Impl::read_pairs() {
    constexpr int kMaxTries = 4;
    for (int attempt = 0; attempt < kMaxTries; ++attempt) {
        for (auto& [key, pair] : pairs) {
            pair.now_ns = pair.table_ns = 0;
        }
        copy_cells(cells_before);
        read_table();
        copy_cells(cells_now);
        if (!was_moved()) {
            break;
        }
    }
    for (const tsa_matrix_cell& cell : cells_now) {
        if (cell.ns != 0) {
            pairs[{cell.key.victim, cell.key.culprit}].now_ns += cell.ns;
        }
    }
}

/// Pairs that do not grow any more give up their place in the table.
void MatrixReader::Impl::forget_quiet() {
    for (auto at = pairs.begin(); at != pairs.end();) {
        const Pair& pair = at->second;
        if (pair.quiet < kQuietReadings || pair.table_ns != pair.now_ns) {
            ++at;
            continue;
        }
        const tsa_matrix_key key{at->first.first, at->first.second};
        bpf_map_delete_elem(table, &key);
        at = pairs.erase(at);
    }
}

MatrixReader::MatrixReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MatrixReader::~MatrixReader() = default;

Result<std::unique_ptr<MatrixReader>> MatrixReader::open(Probe& probe) {
    auto impl = std::make_unique<Impl>();
    impl->table = probe.map_fd("tsa_matrix");
    impl->missed = probe.map_fd("tsa_matrix_missed");
    const int cells = probe.map_fd("tsa_matrix_cells");
    if (impl->table < 0 || impl->missed < 0 || cells < 0) {
        return Error{"the probes do not count neighbors by cgroup", {}, 0};
    }
    const auto cpus = static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 1));
    TRY(impl->cells.map(cells, cpus * TSA_MATRIX_CELLS, false, "the charges of the CPUs"));
    return std::unique_ptr<MatrixReader>(new MatrixReader(std::move(impl)));
}

void MatrixReader::read(MatrixReading& out) {
    impl_->read_pairs();
    out.charges.clear();
    for (auto& [key, pair] : impl_->pairs) {
        const std::uint64_t grown_ns = saturating_sub(pair.now_ns, pair.read_ns);
        pair.quiet = grown_ns == 0 ? pair.quiet + 1 : 0;
        pair.read_ns = std::max(pair.read_ns, pair.now_ns);
        if (grown_ns != 0) {
            out.charges.push_back({decode(key.first), decode(key.second), grown_ns});
        }
    }
    constexpr std::uint32_t kOnly = 0;
    std::uint64_t missed_ns = impl_->missed_ns;
    bpf_map_lookup_elem(impl_->missed, &kOnly, &missed_ns);
    out.missed_ns = missed_ns - std::exchange(impl_->missed_ns, missed_ns);
    impl_->forget_quiet();
}

}  // namespace tsa
