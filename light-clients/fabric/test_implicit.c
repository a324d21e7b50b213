/* Implicit policies: over trees of groups, and as transactions and blocks meet them. */
#include "light-clients/fabric/test_calls.h"
#include "light-clients/fabric/test_members.h"

/* A member of each of the first n organisations has signed. */
#define ORGS_MAX 6u

static yq_slice peer_of(unsigned org, const char *ou)
{
    char msp[16], ca[16], name[16];
    snprintf(msp, sizeof msp, "Org%uMSP", org);
    snprintf(ca, sizeof ca, "ca.org%u", org);
    snprintf(name, sizeof name, "peer%u", org);
    return member(msp, ca, name, ou);
}

static int hoping; /* what nobody but us cannot judge counts */

/* Whether a policy of a group is satisfied when these organisations' peers have signed. */
static int agreed(yq_slice group, const char *path, unsigned orgs)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    net network = net_new(0);
    network.orgs = ORGS_MAX;
    network.is_lean = 1;
    yq_fabric_bundle *b = keep(calloc(1, sizeof *b));
    yq_fabric_tree tree;
    yq_fabric_signers signers = {.n = 0};
    cr_assert_eq(yq_fabric_bundle_decode(&call, config_of(&network), b), YQ_OK, "%s", why.text);
    cr_assert_eq(yq_fabric_tree_decode(&call, group, &tree), YQ_OK, "%s", why.text);
    for (unsigned i = 1; i <= ORGS_MAX; i++) {
        const yq_fabric_identity *id;
        if ((orgs >> i & 1) != 0) {
            cr_assert_eq(yq_fabric_identity_of(&call, &b->members, peer_of(i, "peer"), &id), YQ_OK);
            cr_assert_eq(id->status, YQ_OK);
            cr_assert(yq_fabric_signers_add(&signers, id));
        }
    }
    const yq_fabric_question q = {
        .call = &call,
        .tree = &tree,
        .members = &b->members,
        .signers = &signers,
        .hopeful = hoping};
    int satisfied = -1;
    uint32_t at = yq_fabric_tree_policy(&tree, 0, text(path));
    cr_assert_neq(at, YQ_FABRIC_NONE);
    cr_assert_eq(yq_fabric_policy_element(&q, at, &satisfied), YQ_OK);
    client_free(c);
    return satisfied;
}

/* A group whose policy is satisfied by a peer of one organisation. */
static yq_slice org_unit(unsigned org, const char *policy)
{
    char name[16], msp[16];
    snprintf(name, sizeof name, "Org%u", org);
    snprintf(msp, sizeof msp, "Org%uMSP", org);
    return pb_entry(2, name, pb_entry(4, policy, config_policy(1, role_policy(msp, 3))));
}

/* Groups of the organisations first to last, and a policy over them. */
static yq_slice orgs_group(unsigned first, unsigned last, unsigned kind)
{
    yq_writer w = room(CAP);
    for (unsigned i = first; i <= last; i++) {
        yq_put(&w, org_unit(i, "P"));
    }
    yq_put(&w, pb_entry(4, "P", implicit("P", kind)));
    return done(&w);
}

#define ANY      0u
#define ALL      1u
#define MAJORITY 2u

static unsigned first_orgs(unsigned n)
{
    return ((1u << n) - 1) << 1;
}

/* Every number of organisations up to six, every number of those that agree. */
Test(implicit, thresholds, .timeout = 60)
{
    for (unsigned n = 1; n <= ORGS_MAX; n++) {
        const unsigned least[] = {1, n, n / 2 + 1};
        for (unsigned kind = ANY; kind <= MAJORITY; kind++) {
            yq_slice group = orgs_group(1, n, kind);
            for (unsigned k = 0; k <= n; k++) {
                cr_expect_eq(
                    agreed(group, "P", first_orgs(k)), k >= least[kind], "%u %u %u", n, kind, k);
            }
            /* Those that are not asked do not count. */
            cr_expect_eq(agreed(group, "P", n == ORGS_MAX ? 0 : 1u << ORGS_MAX), 0);
        }
    }
}

/* Not the first, and not a row of them: any that are enough. */
Test(implicit, which_ones_agree_does_not_matter, .timeout = 60)
{
    yq_slice four = orgs_group(1, 4, MAJORITY);
    for (unsigned set = 0; set < 16; set++) {
        unsigned n = (set & 1) + (set >> 1 & 1) + (set >> 2 & 1) + (set >> 3 & 1);
        cr_expect_eq(agreed(four, "P", set << 1), n >= 3, "%x", set);
    }
}

/* An organisation without the policy counts among those that are asked and never agrees. */
Test(implicit, a_group_without_the_policy_never_agrees)
{
    for (unsigned kind = ANY; kind <= MAJORITY; kind++) {
        yq_slice group = JOIN(orgs_group(1, 2, kind), org_unit(3, "Q"));
        cr_expect_eq(agreed(group, "P", first_orgs(3)), kind != ALL, "%u", kind);
        cr_expect_eq(agreed(group, "P", first_orgs(1)), kind == ANY, "%u", kind);
        group = JOIN(group, org_unit(4, "Q")); /* two of four are no majority */
        cr_expect_eq(agreed(group, "P", first_orgs(4)), kind == ANY, "%u", kind);
    }
}

/* Values and policies beside the groups are not asked. */
Test(implicit, only_groups_are_counted)
{
    yq_slice group = JOIN(
        pb_entry(3, "V", config_value(0, text("v"))),
        pb_entry(3, "W", config_value(0, text("w"))),
        pb_entry(4, "Q", config_policy(1, role_policy("Org1MSP", 3))),
        orgs_group(1, 3, MAJORITY));
    cr_expect_eq(agreed(group, "P", first_orgs(2)), 1);
    cr_expect_eq(agreed(group, "P", first_orgs(1)), 0);
}

/* Fabric's rule: over no groups nothing is demanded, whatever the kind. What such a policy guards
 * needs one valid signature for us all the same: see configurations and endorsements. */
Test(implicit, over_no_groups_nothing_is_demanded)
{
    for (unsigned kind = ANY; kind <= MAJORITY; kind++) {
        cr_expect_eq(agreed(pb_entry(4, "P", implicit("P", kind)), "P", 0), 1, "%u", kind);
    }
    /* And a group that demands nothing agrees always. */
    yq_slice idle = pb_entry(2, "Idle", pb_entry(4, "P", implicit("P", MAJORITY)));
    cr_expect_eq(agreed(JOIN(orgs_group(1, 2, ANY), idle), "P", 0), 1);
    cr_expect_eq(agreed(JOIN(orgs_group(1, 2, MAJORITY), idle), "P", 0), 0);
    cr_expect_eq(agreed(JOIN(orgs_group(1, 2, MAJORITY), idle), "P", first_orgs(1)), 1);
    cr_expect_eq(agreed(JOIN(orgs_group(1, 2, ALL), idle), "P", first_orgs(1)), 0);
}

Test(implicit, a_kind_that_is_not_known_is_never_satisfied)
{
    cr_expect_eq(agreed(orgs_group(1, 2, 3), "P", first_orgs(2)), 0);
    cr_expect_eq(agreed(orgs_group(1, 2, 3), "P", 0), 0);
    yq_slice more = JOIN(pb_text(1, "P"), pb_uint(9, 1));
    yq_slice odd = JOIN(org_unit(1, "P"), pb_entry(4, "R", config_policy(3, more)));
    cr_expect_eq(agreed(odd, "R", first_orgs(2)), 0);
    yq_slice unknown = pb_entry(4, "R", config_policy(2, role_policy("Org1MSP", 3)));
    cr_expect_eq(agreed(unknown, "R", first_orgs(2)), 0);
    yq_slice typeless = JOIN(org_unit(1, "P"), pb_entry(4, "R", config_policy(2, pb_text(1, "P"))));
    cr_expect_eq(agreed(typeless, "R", first_orgs(2)), 0);
}

/* Two, three and four floors, each with another kind. */
Test(implicit, nested, .timeout = 60)
{
    yq_slice group = JOIN(
        pb_entry(2, "East", orgs_group(1, 3, MAJORITY)),
        pb_entry(2, "West", orgs_group(4, 5, ALL)),
        pb_entry(2, "North", orgs_group(6, 6, ANY)),
        pb_entry(4, "P", implicit("P", MAJORITY)));
    static const struct {
        unsigned orgs;
        int want;
    } row[] = {
        {0, 0},
        {1u << 1 | 1u << 2 | 1u << 6, 1},           /* East, North */
        {1u << 1 | 1u << 2 | 1u << 4, 0},           /* East, half of West */
        {1u << 4 | 1u << 5 | 1u << 6, 1},           /* West, North */
        {1u << 1 | 1u << 4 | 1u << 6, 0},           /* North only */
        {1u << 1 | 1u << 4 | 1u << 5, 0},           /* West only */
        {1u << 1 | 1u << 3 | 1u << 4 | 1u << 5, 1}, /* East, West */
        {0x7e, 1}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(agreed(group, "P", row[i].orgs), row[i].want, "row %zu", i);
        yq_slice deeper = JOIN(pb_entry(2, "All", group), pb_entry(4, "P", implicit("P", ANY)));
        cr_expect_eq(agreed(deeper, "P", row[i].orgs), row[i].want, "row %zu", i);
        deeper = JOIN(pb_entry(2, "Top", deeper), pb_entry(4, "P", implicit("P", ALL)));
        cr_expect_eq(agreed(deeper, "P", row[i].orgs), row[i].want, "row %zu", i);
    }
    cr_expect_eq(agreed(group, "East/P", 1u << 1 | 1u << 3), 1);
    cr_expect_eq(agreed(group, "West/P", 1u << 1 | 1u << 3), 0);
}

/* A name that changes on the way down: each floor asks for its own. */
Test(implicit, each_floor_names_what_it_asks_for)
{
    yq_slice floor =
        JOIN(org_unit(1, "Peers"), org_unit(2, "Peers"), pb_entry(4, "P", implicit("Peers", ALL)));
    yq_slice group = JOIN(pb_entry(2, "East", floor), pb_entry(4, "Q", implicit("P", ALL)));
    cr_expect_eq(agreed(group, "Q", first_orgs(2)), 1);
    cr_expect_eq(agreed(group, "Q", first_orgs(1)), 0);
}

/* As transactions meet them. */
Test(implicit, endorsements_of_networks, .timeout = 60)
{
    for (unsigned orgs = 3; orgs <= 5; orgs++) {
        for (unsigned kind = ANY; kind <= MAJORITY; kind++) {
            const unsigned least[] = {1, orgs, orgs / 2 + 1};
            net n = net_new(0);
            n.orgs = orgs;
            n.endorsement = kind;
            n.is_lean = 1;
            registration genesis = cc;
            genesis.known = 1;
            client *c = net_client(&n, &genesis, 1);
            for (unsigned k = least[kind] - 1; k <= least[kind]; k++) {
                tx_spec t = plain_call();
                ((access_spec *)(uintptr_t)t.access)[0].block = 0;
                t.endorser_n = k;
                for (unsigned i = 0; i < k; i++) {
                    char name[16];
                    snprintf(name, sizeof name, "peer%u", orgs - i);
                    t.endorser[i].name = name_kept(name);
                    t.endorser[i].identity = peer_of(orgs - i, "peer");
                }
                cr_expect_eq(
                    verdict(c, &n, &t),
                    k == least[kind] ? YQ_OK : YQ_E_ENDORSEMENT,
                    "%u %u %u: %s",
                    orgs,
                    kind,
                    k,
                    c->why.text);
            }
            client_free(c);
        }
    }
}

/* BlockValidation that nobody has to satisfy, at its top or below, is no anchor. */
Test(implicit, blocks_need_a_signer)
{
    net n = net_new(0);
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_bundle *b = keep(calloc(1, sizeof *b));
    n.orderer_writers = implicit("None", MAJORITY); /* the organisation has no groups below */
    cr_expect_eq(yq_fabric_bundle_decode(&call, config_of(&n), b), YQ_E_THRESHOLD_LOW);
    n.orderer_writers = implicit("None", 3);
    cr_expect_eq(yq_fabric_bundle_decode(&call, config_of(&n), b), YQ_OK);
    net typeless = net_new(0);
    typeless.block_validation = config_policy(2, role_policy("OrdererMSP", 0));
    cr_expect_eq(yq_fabric_bundle_decode(&call, config_of(&typeless), b), YQ_E_THRESHOLD_LOW);
    n.orderer_writers = config_policy(1, rule_policy(n_of(0, NULL, 0), NULL, 0));
    cr_expect_eq(yq_fabric_bundle_decode(&call, config_of(&n), b), YQ_E_THRESHOLD_LOW);
    client_free(c);
}

/* A policy that is not in form for us may be in form for the chain's nodes; one that is not there
 * is not there for anybody. */
Test(implicit, what_we_cannot_read_may_be_satisfied)
{
    const yq_slice odd[] = {
        config_policy(3, JOIN(pb_text(1, "P"), pb_uint(9, 1))),
        config_policy(1, JOIN(role_policy("Org1MSP", 3), pb_uint(9, 1))),
        config_policy(2, text("x"))};
    for (hoping = 0; hoping < 2; hoping++) {
        for (size_t i = 0; i < YQ_ARRAY_N(odd); i++) {
            yq_slice unit = pb_entry(2, "Odd", pb_entry(4, "P", odd[i]));
            yq_slice both = JOIN(org_unit(2, "P"), unit, pb_entry(4, "P", implicit("P", ALL)));
            cr_expect_eq(agreed(pb_entry(4, "P", odd[i]), "P", 0), hoping, "%zu", i);
            cr_expect_eq(agreed(both, "P", 1u << 2), hoping, "%zu", i);
            cr_expect_eq(agreed(both, "P", 0), 0, "%zu", i);
        }
        yq_slice missing = JOIN(org_unit(2, "Q"), pb_entry(4, "P", implicit("P", ANY)));
        cr_expect_eq(agreed(missing, "P", 1u << 2), 0);
    }
}
