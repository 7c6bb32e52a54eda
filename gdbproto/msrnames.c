// SPDX-License-Identifier: MIT
#include "msrnames.h"

#include "nearest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* COUNT of them, STRIDE apart; a '#' in the name is replaced by 0, 1, ... */
struct row {
	uint32_t index;
	uint16_t count, stride;
	const char *name;
};

static const struct row rows[] = {
    {0x0, 1, 1, "IA32_P5_MC_ADDR"},
    {0x1, 1, 1, "IA32_P5_MC_TYPE"},
    {0x6, 1, 1, "IA32_MONITOR_FILTER_SIZE"},
    {0x10, 1, 1, "IA32_TIME_STAMP_COUNTER"},
    {0x11, 1, 1, "KVM_WALL_CLOCK"},
    {0x12, 1, 1, "KVM_SYSTEM_TIME"},
    {0x17, 1, 1, "IA32_PLATFORM_ID"},
    {0x1b, 1, 1, "IA32_APIC_BASE"},
    {0x34, 1, 1, "SMI_COUNT"},
    {0x3a, 1, 1, "IA32_FEATURE_CONTROL"},
    {0x3b, 1, 1, "IA32_TSC_ADJUST"},
    {0x48, 1, 1, "IA32_SPEC_CTRL"},
    {0x49, 1, 1, "IA32_PRED_CMD"},
    {0x79, 1, 1, "IA32_BIOS_UPDT_TRIG"},
    {0x8b, 1, 1, "IA32_BIOS_SIGN_ID"},
    {0x8c, 4, 1, "IA32_SGXLEPUBKEYHASH#"},
    {0x9b, 1, 1, "IA32_SMM_MONITOR_CTL"},
    {0x9e, 1, 1, "IA32_SMBASE"},
    {0xc1, 8, 1, "IA32_PMC#"},
    {0xcd, 1, 1, "FSB_FREQ"},
    {0xce, 1, 1, "PLATFORM_INFO"},
    {0xcf, 1, 1, "IA32_CORE_CAPABILITIES"},
    {0xe1, 1, 1, "IA32_UMWAIT_CONTROL"},
    {0xe7, 1, 1, "IA32_MPERF"},
    {0xe8, 1, 1, "IA32_APERF"},
    {0xfe, 1, 1, "IA32_MTRRCAP"},
    {0x10a, 1, 1, "IA32_ARCH_CAPABILITIES"},
    {0x10b, 1, 1, "IA32_FLUSH_CMD"},
    {0x10f, 1, 1, "TSX_FORCE_ABORT"},
    {0x119, 1, 1, "BBL_CR_CTL"},
    {0x11e, 1, 1, "BBL_CR_CTL3"},
    {0x122, 1, 1, "IA32_TSX_CTRL"},
    {0x123, 1, 1, "IA32_MCU_OPT_CTRL"},
    {0x140, 1, 1, "MISC_FEATURES_ENABLES"},
    {0x174, 1, 1, "IA32_SYSENTER_CS"},
    {0x175, 1, 1, "IA32_SYSENTER_ESP"},
    {0x176, 1, 1, "IA32_SYSENTER_EIP"},
    {0x179, 1, 1, "IA32_MCG_CAP"},
    {0x17a, 1, 1, "IA32_MCG_STATUS"},
    {0x17b, 1, 1, "IA32_MCG_CTL"},
    {0x186, 8, 1, "IA32_PERFEVTSEL#"},
    {0x198, 1, 1, "IA32_PERF_STATUS"},
    {0x199, 1, 1, "IA32_PERF_CTL"},
    {0x19a, 1, 1, "IA32_CLOCK_MODULATION"},
    {0x19b, 1, 1, "IA32_THERM_INTERRUPT"},
    {0x19c, 1, 1, "IA32_THERM_STATUS"},
    {0x1a0, 1, 1, "IA32_MISC_ENABLE"},
    {0x1a6, 1, 1, "OFFCORE_RSP_0"},
    {0x1a7, 1, 1, "OFFCORE_RSP_1"},
    {0x1b0, 1, 1, "IA32_ENERGY_PERF_BIAS"},
    {0x1c4, 1, 1, "IA32_XFD"},
    {0x1c5, 1, 1, "IA32_XFD_ERR"},
    {0x1c8, 1, 1, "LBR_SELECT"},
    {0x1c9, 1, 1, "LASTBRANCH_TOS"},
    {0x1d9, 1, 1, "IA32_DEBUGCTL"},
    {0x1db, 1, 1, "LASTBRANCHFROMIP"},
    {0x1dc, 1, 1, "LASTBRANCHTOIP"},
    {0x1dd, 1, 1, "LASTINTFROMIP"},
    {0x1de, 1, 1, "LASTINTTOIP"},
    {0x1f2, 1, 1, "IA32_SMRR_PHYSBASE"},
    {0x1f3, 1, 1, "IA32_SMRR_PHYSMASK"},
    {0x1fc, 1, 1, "POWER_CTL"},
    {0x200, 16, 2, "IA32_MTRR_PHYSBASE#"},
    {0x201, 16, 2, "IA32_MTRR_PHYSMASK#"},
    {0x250, 1, 1, "IA32_MTRR_FIX64K_00000"},
    {0x258, 1, 1, "IA32_MTRR_FIX16K_80000"},
    {0x259, 1, 1, "IA32_MTRR_FIX16K_A0000"},
    {0x268, 1, 1, "IA32_MTRR_FIX4K_C0000"},
    {0x269, 1, 1, "IA32_MTRR_FIX4K_C8000"},
    {0x26a, 1, 1, "IA32_MTRR_FIX4K_D0000"},
    {0x26b, 1, 1, "IA32_MTRR_FIX4K_D8000"},
    {0x26c, 1, 1, "IA32_MTRR_FIX4K_E0000"},
    {0x26d, 1, 1, "IA32_MTRR_FIX4K_E8000"},
    {0x26e, 1, 1, "IA32_MTRR_FIX4K_F0000"},
    {0x26f, 1, 1, "IA32_MTRR_FIX4K_F8000"},
    {0x277, 1, 1, "IA32_PAT"},
    {0x280, 32, 1, "IA32_MC#_CTL2"},
    {0x2ff, 1, 1, "IA32_MTRR_DEF_TYPE"},
    {0x309, 8, 1, "IA32_FIXED_CTR#"},
    {0x345, 1, 1, "IA32_PERF_CAPABILITIES"},
    {0x38d, 1, 1, "IA32_FIXED_CTR_CTRL"},
    {0x38e, 1, 1, "IA32_PERF_GLOBAL_STATUS"},
    {0x38f, 1, 1, "IA32_PERF_GLOBAL_CTRL"},
    {0x390, 1, 1, "IA32_PERF_GLOBAL_STATUS_RESET"},
    {0x391, 1, 1, "IA32_PERF_GLOBAL_STATUS_SET"},
    {0x392, 1, 1, "IA32_PERF_GLOBAL_INUSE"},
    {0x3f1, 1, 1, "IA32_PEBS_ENABLE"},
    {0x3f2, 1, 1, "PEBS_DATA_CFG"},
    {0x3f6, 1, 1, "PEBS_LD_LAT"},
    {0x3f7, 1, 1, "PEBS_FRONTEND"},
    {0x400, 32, 4, "IA32_MC#_CTL"},
    {0x401, 32, 4, "IA32_MC#_STATUS"},
    {0x402, 32, 4, "IA32_MC#_ADDR"},
    {0x403, 32, 4, "IA32_MC#_MISC"},
    {0x480, 1, 1, "IA32_VMX_BASIC"},
    {0x481, 1, 1, "IA32_VMX_PINBASED_CTLS"},
    {0x482, 1, 1, "IA32_VMX_PROCBASED_CTLS"},
    {0x483, 1, 1, "IA32_VMX_EXIT_CTLS"},
    {0x484, 1, 1, "IA32_VMX_ENTRY_CTLS"},
    {0x485, 1, 1, "IA32_VMX_MISC"},
    {0x486, 1, 1, "IA32_VMX_CR0_FIXED0"},
    {0x487, 1, 1, "IA32_VMX_CR0_FIXED1"},
    {0x488, 1, 1, "IA32_VMX_CR4_FIXED0"},
    {0x489, 1, 1, "IA32_VMX_CR4_FIXED1"},
    {0x48a, 1, 1, "IA32_VMX_VMCS_ENUM"},
    {0x48b, 1, 1, "IA32_VMX_PROCBASED_CTLS2"},
    {0x48c, 1, 1, "IA32_VMX_EPT_VPID_CAP"},
    {0x48d, 1, 1, "IA32_VMX_TRUE_PINBASED_CTLS"},
    {0x48e, 1, 1, "IA32_VMX_TRUE_PROCBASED_CTLS"},
    {0x48f, 1, 1, "IA32_VMX_TRUE_EXIT_CTLS"},
    {0x490, 1, 1, "IA32_VMX_TRUE_ENTRY_CTLS"},
    {0x491, 1, 1, "IA32_VMX_VMFUNC"},
    {0x492, 1, 1, "IA32_VMX_PROCBASED_CTLS3"},
    {0x493, 1, 1, "IA32_VMX_EXIT_CTLS2"},
    {0x4c1, 8, 1, "IA32_A_PMC#"},
    {0x4d0, 1, 1, "IA32_MCG_EXT_CTL"},
    {0x560, 1, 1, "IA32_RTIT_OUTPUT_BASE"},
    {0x561, 1, 1, "IA32_RTIT_OUTPUT_MASK_PTRS"},
    {0x570, 1, 1, "IA32_RTIT_CTL"},
    {0x571, 1, 1, "IA32_RTIT_STATUS"},
    {0x572, 1, 1, "IA32_RTIT_CR3_MATCH"},
    {0x580, 4, 2, "IA32_RTIT_ADDR#_A"},
    {0x581, 4, 2, "IA32_RTIT_ADDR#_B"},
    {0x600, 1, 1, "IA32_DS_AREA"},
    {0x606, 1, 1, "RAPL_POWER_UNIT"},
    {0x610, 1, 1, "PKG_POWER_LIMIT"},
    {0x611, 1, 1, "PKG_ENERGY_STATUS"},
    {0x614, 1, 1, "PKG_POWER_INFO"},
    {0x6a0, 1, 1, "IA32_U_CET"},
    {0x6a2, 1, 1, "IA32_S_CET"},
    {0x6a4, 4, 1, "IA32_PL#_SSP"},
    {0x6a8, 1, 1, "IA32_INTERRUPT_SSP_TABLE_ADDR"},
    {0x6e0, 1, 1, "IA32_TSC_DEADLINE"},
    {0x6e1, 1, 1, "IA32_PKRS"},
    {0x802, 1, 1, "IA32_X2APIC_APICID"},
    {0x803, 1, 1, "IA32_X2APIC_VERSION"},
    {0x808, 1, 1, "IA32_X2APIC_TPR"},
    {0x80a, 1, 1, "IA32_X2APIC_PPR"},
    {0x80b, 1, 1, "IA32_X2APIC_EOI"},
    {0x80d, 1, 1, "IA32_X2APIC_LDR"},
    {0x80f, 1, 1, "IA32_X2APIC_SIVR"},
    {0x810, 8, 1, "IA32_X2APIC_ISR#"},
    {0x818, 8, 1, "IA32_X2APIC_TMR#"},
    {0x820, 8, 1, "IA32_X2APIC_IRR#"},
    {0x828, 1, 1, "IA32_X2APIC_ESR"},
    {0x82f, 1, 1, "IA32_X2APIC_LVT_CMCI"},
    {0x830, 1, 1, "IA32_X2APIC_ICR"},
    {0x832, 1, 1, "IA32_X2APIC_LVT_TIMER"},
    {0x833, 1, 1, "IA32_X2APIC_LVT_THERMAL"},
    {0x834, 1, 1, "IA32_X2APIC_LVT_PMI"},
    {0x835, 1, 1, "IA32_X2APIC_LVT_LINT0"},
    {0x836, 1, 1, "IA32_X2APIC_LVT_LINT1"},
    {0x837, 1, 1, "IA32_X2APIC_LVT_ERROR"},
    {0x838, 1, 1, "IA32_X2APIC_INIT_COUNT"},
    {0x839, 1, 1, "IA32_X2APIC_CUR_COUNT"},
    {0x83e, 1, 1, "IA32_X2APIC_DIV_CONF"},
    {0x83f, 1, 1, "IA32_X2APIC_SELF_IPI"},
    {0xc80, 1, 1, "IA32_DEBUG_INTERFACE"},
    {0xd90, 1, 1, "IA32_BNDCFGS"},
    {0xda0, 1, 1, "IA32_XSS"},
    {0x1900, 4, 4, "IA32_PMC_GP#_CTR"},
    {0x1901, 4, 4, "IA32_PMC_GP#_CFG_A"},
    {0x40000000, 1, 1, "HV_X64_GUEST_OS_ID"},
    {0x40000001, 1, 1, "HV_X64_HYPERCALL"},
    {0x40000002, 1, 1, "HV_X64_VP_INDEX"},
    {0x40000003, 1, 1, "HV_X64_RESET"},
    {0x40000010, 1, 1, "HV_X64_VP_RUNTIME"},
    {0x40000020, 1, 1, "HV_X64_TIME_REF_COUNT"},
    {0x40000021, 1, 1, "HV_X64_REFERENCE_TSC"},
    {0x40000022, 1, 1, "HV_X64_TSC_FREQUENCY"},
    {0x40000023, 1, 1, "HV_X64_APIC_FREQUENCY"},
    {0x40000070, 1, 1, "HV_X64_EOI"},
    {0x40000071, 1, 1, "HV_X64_ICR"},
    {0x40000072, 1, 1, "HV_X64_TPR"},
    {0x40000073, 1, 1, "HV_X64_VP_ASSIST_PAGE"},
    {0x40000080, 1, 1, "HV_X64_SCONTROL"},
    {0x40000081, 1, 1, "HV_X64_SVERSION"},
    {0x40000082, 1, 1, "HV_X64_SIEFP"},
    {0x40000083, 1, 1, "HV_X64_SIMP"},
    {0x40000084, 1, 1, "HV_X64_EOM"},
    {0x40000090, 16, 1, "HV_X64_SINT#"},
    {0x400000b0, 4, 2, "HV_X64_STIMER#_CONFIG"},
    {0x400000b1, 4, 2, "HV_X64_STIMER#_COUNT"},
    {0x400000f0, 1, 1, "HV_X64_GUEST_IDLE"},
    {0x400000f1, 1, 1, "HV_X64_SYNDBG_CONTROL"},
    {0x400000f2, 1, 1, "HV_X64_SYNDBG_STATUS"},
    {0x400000f3, 1, 1, "HV_X64_SYNDBG_SEND_BUFFER"},
    {0x400000f4, 1, 1, "HV_X64_SYNDBG_RECV_BUFFER"},
    {0x400000f5, 1, 1, "HV_X64_SYNDBG_PENDING_BUFFER"},
    {0x400000ff, 1, 1, "HV_X64_SYNDBG_OPTIONS"},
    {0x40000100, 5, 1, "HV_X64_CRASH_P#"},
    {0x40000105, 1, 1, "HV_X64_CRASH_CTL"},
    {0x40000106, 1, 1, "HV_X64_REENLIGHTENMENT_CONTROL"},
    {0x40000107, 1, 1, "HV_X64_TSC_EMULATION_CONTROL"},
    {0x40000108, 1, 1, "HV_X64_TSC_EMULATION_STATUS"},
    {0x40000118, 1, 1, "HV_X64_TSC_INVARIANT_CONTROL"},
    {0x4b564d00, 1, 1, "KVM_WALL_CLOCK_NEW"},
    {0x4b564d01, 1, 1, "KVM_SYSTEM_TIME_NEW"},
    {0x4b564d02, 1, 1, "KVM_ASYNC_PF_EN"},
    {0x4b564d03, 1, 1, "KVM_STEAL_TIME"},
    {0x4b564d04, 1, 1, "KVM_EOI_EN"},
    {0x4b564d05, 1, 1, "KVM_POLL_CONTROL"},
    {0x4b564d06, 1, 1, "KVM_ASYNC_PF_INT"},
    {0x4b564d07, 1, 1, "KVM_ASYNC_PF_ACK"},
    {0x4b564d08, 1, 1, "KVM_MIGRATION_CONTROL"},
    {0xc0000080, 1, 1, "IA32_EFER"},
    {0xc0000081, 1, 1, "IA32_STAR"},
    {0xc0000082, 1, 1, "IA32_LSTAR"},
    {0xc0000083, 1, 1, "IA32_CSTAR"},
    {0xc0000084, 1, 1, "IA32_FMASK"},
    {0xc00000e7, 1, 1, "MPERF_READONLY"},
    {0xc00000e8, 1, 1, "APERF_READONLY"},
    {0xc0000100, 1, 1, "IA32_FS_BASE"},
    {0xc0000101, 1, 1, "IA32_GS_BASE"},
    {0xc0000102, 1, 1, "IA32_KERNEL_GS_BASE"},
    {0xc0000103, 1, 1, "IA32_TSC_AUX"},
    {0xc0000104, 1, 1, "TSC_RATIO"},
    {0xc0000105, 1, 1, "LWP_CFG"},
    {0xc0000106, 1, 1, "LWP_CBADDR"},
    {0xc000010e, 1, 1, "LBR_V2_SELECT"},
    {0xc000010f, 1, 1, "DBG_EXTN_CFG"},
    {0xc0000300, 1, 1, "PERF_GLOBAL_STATUS"},
    {0xc0000301, 1, 1, "PERF_GLOBAL_CTL"},
    {0xc0000302, 1, 1, "PERF_GLOBAL_STATUS_CLR"},
    {0xc0000303, 1, 1, "PERF_GLOBAL_STATUS_SET"},
    {0xc0010000, 4, 1, "PERF_EVTSEL#"},
    {0xc0010004, 4, 1, "PERF_CTR#"},
    {0xc0010010, 1, 1, "SYSCFG"},
    {0xc0010015, 1, 1, "HWCR"},
    {0xc0010016, 1, 1, "IORR_BASE0"},
    {0xc0010017, 1, 1, "IORR_MASK0"},
    {0xc0010018, 1, 1, "IORR_BASE1"},
    {0xc0010019, 1, 1, "IORR_MASK1"},
    {0xc001001a, 1, 1, "TOP_MEM"},
    {0xc001001d, 1, 1, "TOP_MEM2"},
    {0xc001001f, 1, 1, "NB_CFG"},
    {0xc0010022, 1, 1, "MC_EXP_REDIR"},
    {0xc001003e, 1, 1, "HTC"},
    {0xc0010055, 1, 1, "INT_PENDING"},
    {0xc0010058, 1, 1, "MMIO_CFG_BASE_ADDR"},
    {0xc0010061, 1, 1, "PSTATE_CUR_LIMIT"},
    {0xc0010062, 1, 1, "PSTATE_CTL"},
    {0xc0010063, 1, 1, "PSTATE_STATUS"},
    {0xc0010064, 8, 1, "PSTATE_DEF#"},
    {0xc0010111, 1, 1, "SMM_BASE"},
    {0xc0010112, 1, 1, "SMM_ADDR"},
    {0xc0010113, 1, 1, "SMM_MASK"},
    {0xc0010114, 1, 1, "VM_CR"},
    {0xc0010115, 1, 1, "IGNNE"},
    {0xc0010116, 1, 1, "SMM_CTL"},
    {0xc0010117, 1, 1, "VM_HSAVE_PA"},
    {0xc0010118, 1, 1, "SVM_LOCK_KEY"},
    {0xc001011f, 1, 1, "VIRT_SPEC_CTRL"},
    {0xc0010130, 1, 1, "SEV_ES_GHCB"},
    {0xc0010131, 1, 1, "SEV_STATUS"},
    {0xc0010140, 1, 1, "OSVW_ID_LENGTH"},
    {0xc0010141, 1, 1, "OSVW_STATUS"},
    {0xc0010200, 6, 2, "PERF_CTL_EXT#"},
    {0xc0010201, 6, 2, "PERF_CTR_EXT#"},
    {0xc0011019, 1, 1, "DR1_ADDR_MASK"},
    {0xc001101a, 1, 1, "DR2_ADDR_MASK"},
    {0xc001101b, 1, 1, "DR3_ADDR_MASK"},
    {0xc0011020, 1, 1, "LS_CFG"},
    {0xc0011021, 1, 1, "IC_CFG"},
    {0xc0011022, 1, 1, "DC_CFG"},
    {0xc0011023, 1, 1, "TW_CFG"},
    {0xc0011027, 1, 1, "DR0_ADDR_MASK"},
    {0xc0011029, 1, 1, "DE_CFG"},
    {0xc001102a, 1, 1, "BU_CFG2"},
    {0xc0011030, 1, 1, "IBS_FETCH_CTL"},
    {0xc0011031, 1, 1, "IBS_FETCH_LIN_AD"},
    {0xc0011032, 1, 1, "IBS_FETCH_PHYS_AD"},
    {0xc0011033, 1, 1, "IBS_OP_CTL"},
    {0xc0011034, 1, 1, "IBS_OP_RIP"},
    {0xc0011035, 1, 1, "IBS_OP_DATA"},
    {0xc0011036, 1, 1, "IBS_OP_DATA2"},
    {0xc0011037, 1, 1, "IBS_OP_DATA3"},
    {0xc0011038, 1, 1, "IBS_DC_LIN_AD"},
    {0xc0011039, 1, 1, "IBS_DC_PHYS_AD"},
    {0xc001103a, 1, 1, "IBS_CONTROL"},
    {0xc001103b, 1, 1, "IBS_BR_TARGET"},
};

static const size_t row_count = sizeof(rows) / sizeof(rows[0]);

static void row_name(const struct row *row, unsigned n, char *name, size_t size)
{
	const char *mark = strchr(row->name, '#');

	if (mark)
		snprintf(name, size, "%.*s%u%s", (int)(mark - row->name),
			 row->name, n, mark + 1);
	else
		snprintf(name, size, "%s", row->name);
}

bool msrnames_name(uint32_t index, char *name, size_t size)
{
	for (const struct row *row = rows; row < rows + row_count; row++) {
		uint32_t away = index - row->index;

		if (away % row->stride || away / row->stride >= row->count)
			continue;
		row_name(row, away / row->stride, name, size);
		return true;
	}
	return false;
}

static const char *without_prefix(const char *name)
{
	static const char *const prefixes[] = {"MSR_", "IA32_"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncasecmp(name, prefixes[i], strlen(prefixes[i])))
			name += strlen(prefixes[i]);
	return name;
}

bool msrnames_find(const char *name, uint32_t *index)
{
	char have[MSRNAMES_MAX];

	name = without_prefix(name);
	for (const struct row *row = rows; row < rows + row_count; row++) {
		for (unsigned n = 0; n < row->count; n++) {
			row_name(row, n, have, sizeof(have));
			if (strcasecmp(without_prefix(have), name) != 0)
				continue;
			*index = row->index + n * row->stride;
			return true;
		}
	}
	return false;
}

bool msrnames_nearest(const char *name, char *nearest, size_t size)
{
	struct nearest best;
	char have[MSRNAMES_MAX];

	nearest_begin(&best, without_prefix(name));
	for (const struct row *row = rows; row < rows + row_count; row++) {
		for (unsigned n = 0; n < row->count; n++) {
			row_name(row, n, have, sizeof(have));
			if (nearest_try(&best, without_prefix(have)))
				snprintf(nearest, size, "%s", have);
		}
	}
	return nearest_found(&best);
}
