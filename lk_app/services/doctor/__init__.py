"""What an engineer asks when something is wrong, or before anything is: looks at all the portal needs, and says what to
do about each. It changes nothing, and sends nobody anything.
"""

from lk_app.services.doctor.examination import examine
from lk_app.services.doctor.findings import Finding, Health

__all__ = ["Finding", "Health", "examine"]
