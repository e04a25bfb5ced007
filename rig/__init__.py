"""The rig: simulated customers and agents, for drills, benches and tests.

Signalling of customers is sipp's; their sound, and the phones of agents that are not browsers, are ours,
so that what each side heard can be measured packet by packet.
"""
