apps-title = Apps
apps-none = There are no apps for you yet.
apps-waiting = waits for its installation
apps-not-installed = The application is not fully installed yet. Please contact your administrator to complete the installation.
apps-open = Open
apps-find = Find people
apps-choose = Choose
profile-apps = Apps
