# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step
connect
hbreak *at_cpuid
continue
stepi
stepi
at after_cpuid
stepi
at after_cpuid+1
delete
continue
