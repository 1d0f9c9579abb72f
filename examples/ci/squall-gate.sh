#!/bin/sh
# A gate of a deploy: exits 0 when the campaign passed with a score of 80 or more, and otherwise with what blocks it:
# 2 it failed, or the score is lower; 3 it was aborted; 4 the chaos itself could not be done; 69 squall does not answer.
#
# SQUALL_API_URL and SQUALL_API_TOKEN say where squall is. SQUALL: the command, when it is not in the PATH.
set -eu
exec ${SQUALL:-squall} run "${1:?the file of a campaign}" --wait --gate "${2:-80}"
