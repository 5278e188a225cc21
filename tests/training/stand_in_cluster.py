"""As `sbatch --wait` does: hands a job to a process that gets none of our signals, and waits for its end.

`stand_in_cluster.py FOLDER [refuse]`
"""

import subprocess
import sys
from pathlib import Path

if "refuse" in sys.argv:
    sys.exit("error: invalid partition")
program = Path(__file__).with_name("stumbling_training.py")
node = subprocess.Popen([sys.executable, program, sys.argv[1]], start_new_session=True)
sys.exit(abs(node.wait()))
