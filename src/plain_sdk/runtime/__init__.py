"""What all generated code stands on, ours and that of projects with operations of their own.

`operations` describes calls and who carries them out, `models` are the base classes of inputs,
results and enums, `unset` is what was not given. Nothing here imports anything of ours.
"""
