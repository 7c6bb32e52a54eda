# SPDX-License-Identifier: MIT
# guest: ring3.elf
# needs: data_write8@3|page_write@3 data_access8@3|page_access@3 dr7_reported
connect
awatch user_wide
continue
at after_user_load
continue
delete
continue
