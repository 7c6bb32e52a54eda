# append: nokaslr END=panic
source @SHARE@/linux.py
connect
hbreak panic
continue
backtrace
delete
continue
