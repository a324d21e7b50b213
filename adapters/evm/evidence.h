#ifndef YQ_ADAPTERS_EVM_EVIDENCE_H
#define YQ_ADAPTERS_EVM_EVIDENCE_H

/*
 * From what a node of the Ethereum family says in JSON to the bytes that the light client reads
 * (light-clients/evm/README.md). Values are the "result" of a reply. Writers append to out (p, cap
 * lent by the caller; n grows, and only when they succeed) and give E_NOSPC when it is too small;
 * what cannot be read is E_FIELD_MISSING, E_TYPE or E_LEN with the key's name; what does not hash
 * to its stated hash is E_HASH. Nothing here judges seals or proofs: that is the light client's.
 */
#include "yuqiao/types.h"

#include "light-clients/evm/evm.h"
#include "light-clients/evm/trie.h"
#include "relay/base/arena.h"
#include "relay/codec/json.h"

#define YQ_EVMA_BLOCK_TX_MAX 65536u

/* What the chain's anchor says: light-clients/evm/README.md, Anchor. */
typedef struct yq_evma_profile {
    uint8_t mode; /* yq_evm_mode */
    uint64_t epoch;
    uint16_t depth;
    uint8_t contract[YQ_EVM_ADDRESS_SIZE];
    yq_digest slot;
} yq_evma_profile;

/* Room in which the light client's functions work; given back at the next call. */
typedef struct yq_evma_work {
    yq_verifier_host host;
    yq_arena arena;
} yq_evma_work;

/* memory: 2 MiB take every header. The work may not be moved. */
void yq_evma_work_begin(yq_evma_work *work, void *memory, size_t cap);

typedef struct yq_evma_header {
    uint64_t number, time;
    yq_digest hash, parent, tx_root, receipt_root;
    size_t validators; /* listed in it */
    yq_slice raw;      /* in out's memory */
    int has_logs;      /* its bloom is not empty */
} yq_evma_header;

/* Appends a header's RLP, from an eth_getBlockByNumber result, and reads it as the chain's mode
 * has it. Errors: also those of the light client's reader (E_DOMAIN: not this mode's form). */
YQ_NODISCARD yq_status yq_evma_header_of(
    yq_evma_work *work,
    const yq_evma_profile *profile,
    const yq_json *block,
    yq_buf *out,
    yq_evma_header *header,
    yq_fault *why);

/* Returns OK when a header's seals make a quorum of the validators that it lists itself: no
 * verdict, a choice between nodes. Modes without seals or a list: OK. */
YQ_NODISCARD yq_status
yq_evma_seals_look(yq_evma_work *work, const yq_evma_profile *profile, yq_slice raw, yq_fault *why);

/* Appends a transaction as it lies in the block's trie: of types 0 to 4. Out: hash. Errors: also
 * E_UNSUPPORTED for another type. */
YQ_NODISCARD yq_status
yq_evma_tx_of(const yq_json *tx, yq_buf *out, yq_digest *hash, yq_fault *why);

/* The type of a transaction or receipt; 0 when it states none. */
YQ_NODISCARD yq_status yq_evma_type_of(const yq_json *object, uint64_t *type, yq_fault *why);

/* Appends a receipt as it lies in the block's trie. In: the transaction's type, which a receipt may
 * leave out but not contradict (E_TYPE). */
YQ_NODISCARD yq_status
yq_evma_receipt_of(const yq_json *receipt, uint64_t type, yq_buf *out, yq_fault *why);

/*
 * Builds the trie of n values under their RLP(index) and cuts the proof of one, appended as the
 * light client reads nodes; index n: none is cut. Out: root. In: memory for the trie
 * (yq_evma_trie_room). Errors: E_NOSPC, E_RANGE (n of 0 with an index, an empty value).
 */
YQ_NODISCARD yq_status yq_evma_trie_of(
    yq_arena *memory, const yq_slice *value, size_t n, size_t index, yq_buf *out, yq_digest *root);
size_t yq_evma_trie_room(const yq_slice *value, size_t n);

/* ---- assemble.c ---- */

/* Appends the anchor of a header. */
YQ_NODISCARD yq_status yq_evma_anchor_of(
    const yq_evma_profile *profile, const yq_evma_header *header, yq_buf *out, yq_fault *why);

/* Begins an update of n headers; yq_evma_update_add adds one, yq_evma_contract_of its proof. */
YQ_NODISCARD yq_status yq_evma_update_begin(size_t n, yq_buf *out, yq_fault *why);
YQ_NODISCARD yq_status yq_evma_update_add(yq_slice header, yq_buf *out, yq_fault *why);

/* Appends the proof of a contract's validators, from an eth_getProof result of the contract with
 * the array's slot and its elements' as keys; storage 0: the account alone. */
YQ_NODISCARD yq_status
yq_evma_contract_of(const yq_json *proof, int storage, yq_buf *out, yq_fault *why);

/* Appends an event proof. In: nodes of the transaction and of its receipt, as trie_of wrote them.
 */
YQ_NODISCARD yq_status yq_evma_event_of(
    uint64_t number,
    uint32_t index,
    yq_slice tx_nodes,
    yq_slice receipt_nodes,
    uint32_t log_idx,
    yq_buf *out,
    yq_fault *why);

/* The storage root of an eth_getProof result, as the account in its proof has it. Errors:
 * E_FIELD_MISSING. */
YQ_NODISCARD yq_status
yq_evma_storage_root_of(const yq_json *proof, yq_digest *root, yq_fault *why);

/* The slot of element index of the array at slot. */
void yq_evma_element_slot(const yq_digest *slot, uint64_t index, yq_digest *out);

#endif /* YQ_ADAPTERS_EVM_EVIDENCE_H */
