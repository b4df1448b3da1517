# SPDX-License-Identifier: MIT
# cmake -DINPUT=file -DOUTPUT=file.inc -P embed.cmake: a text file as one C++ string literal.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "R\"embedded(${text})embedded\"")
