print("loss:", 0.5)

import sandbox_tests_no_such_package
